// node decode.mjs MODEL.gguf PROMPT_TOKENS NEW_TOKENS: prints llama.cpp's rates as one JSON object.
// It is installed beside this file alone (peers/README.md), so the workspace does not depend on it.
const library = new URL('node_modules/node-llama-cpp/dist/index.js', import.meta.url).href;
const { getLlama, LlamaLogLevel } = await import(library);

const [modelPath = '', promptTokens = '512', newTokens = '128'] = process.argv.slice(2);
const llama = await getLlama({ gpu: false, logLevel: LlamaLogLevel.error, maxThreads: 2 });
const model = await llama.loadModel({ modelPath });
const prompt = Array.from({ length: Number(promptTokens) }, (_, at) => 100 + ((at * 7919) % 40_000));

let promptRate = 0;
let decodeRate = 0;
for (let round = 0; round < 3; round++) {
  const context = await model.createContext({
    contextSize: prompt.length + Number(newTokens) + 8,
    batchSize: 512,
    threads: 2,
  });
  const sequence = context.getSequence();
  const started = performance.now();
  let first = 0;
  let count = 0;
  for await (const _ of sequence.evaluate(prompt, { temperature: 0 })) {
    if (count === 0) first = performance.now();
    if (++count > Number(newTokens)) break;
  }
  promptRate = Math.max(promptRate, (1000 * prompt.length) / (first - started));
  decodeRate = Math.max(decodeRate, (1000 * (count - 1)) / (performance.now() - first));
  await context.dispose();
}
process.stdout.write(
  `${JSON.stringify({ promptTokensPerSecond: promptRate, decodeTokensPerSecond: decodeRate })}\n`,
);
process.exit(0);
