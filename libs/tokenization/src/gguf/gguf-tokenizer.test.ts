import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loadTokenizer } from '../load-tokenizer.ts';
import { type FixtureName, fixtureJson, idBlocks, readGolden } from '../testing/golden.ts';
import { variedString } from '../testing/varied-strings.ts';
import { ggufTokenizerFiles } from './gguf-tokenizer.ts';
import { preTokenizerRules } from './pre-tokenizers.ts';

interface ByteLevelJson {
  readonly added_tokens: readonly { readonly id: number; readonly special: boolean }[];
  readonly model: {
    readonly vocab: Readonly<Record<string, number>>;
    readonly merges: readonly (readonly [string, string])[];
  };
}

/** The metadata that a converter writes for a byte-level `tokenizer.json`. */
function byteLevelMetadata(name: FixtureName, pre: string, more: Readonly<Record<string, unknown>> = {}) {
  const { model, added_tokens } = fixtureJson<ByteLevelJson>(name, 'tokenizer.json');
  const tokens = Object.keys(model.vocab).sort((a, b) => (model.vocab[a] ?? 0) - (model.vocab[b] ?? 0));
  const types = new Int32Array(tokens.length).fill(1);
  for (const { id, special } of added_tokens) types[id] = special ? 3 : 4;
  return new Map<string, unknown>([
    ['general.architecture', 'llama'],
    ['tokenizer.ggml.model', 'gpt2'],
    ['tokenizer.ggml.pre', pre],
    ['tokenizer.ggml.tokens', tokens],
    ['tokenizer.ggml.token_type', types],
    ['tokenizer.ggml.merges', model.merges.map((pair) => pair.join(' '))],
    ...Object.entries(more),
  ]);
}

function sentencepieceMetadata(more: Readonly<Record<string, unknown>> = {}) {
  return new Map<string, unknown>([
    ['tokenizer.ggml.model', 'llama'],
    ...Object.entries(fixtureJson<Record<string, unknown>>('llama2', 'gguf.json')),
    ['tokenizer.ggml.bos_token_id', 1],
    ['tokenizer.ggml.eos_token_id', 2],
    ['tokenizer.ggml.unknown_token_id', 0],
    ...Object.entries(more),
  ]);
}

async function encodeAll(metadata: ReadonlyMap<string, unknown>, count: number, addSpecialTokens: boolean) {
  const tokenizer = await loadTokenizer({ kind: 'gguf', path: 'model.gguf', metadata });
  const texts = Array.from({ length: count }, (_, index) => variedString(index));
  const ids = tokenizer.encodeAll(texts, { addSpecialTokens });
  tokenizer.close();
  return ids;
}

describe('a vocabulary from a GGUF file gives the ids of its tokenizer.json', () => {
  for (const [name, pre] of [
    ['gpt2', 'gpt-2'],
    ['gpt2', 'default'],
    ['smollm', 'smollm'],
    ['tekken', 'tekken'],
  ] as const) {
    test(`${name} as ${pre}`, async () => {
      const golden = readGolden(name);
      const ids = await encodeAll(byteLevelMetadata(name, pre), golden.count, false);
      assert.deepEqual(idBlocks(ids, golden.block), golden.idsWithoutSpecial);
    });
  }

  test('llama3 as llama-bpe, with its BOS', async () => {
    const golden = readGolden('llama3');
    // A GGUF file does not say that `<mask>` swallows blanks, so only strings without it are equal.
    const metadata = byteLevelMetadata('llama3', 'llama-bpe', { 'tokenizer.ggml.bos_token_id': 0 });
    const converted = await loadTokenizer({ kind: 'gguf', path: 'model.gguf', metadata });
    for (const { text, ids } of golden.first.filter((item) => !item.text.includes('<mask>'))) {
      assert.deepEqual([...converted.encode(text)], ids);
    }
    assert.equal(converted.addsBos, true);
    converted.close();
  });

  test('qwen2, with NFC', async () => {
    const metadata = byteLevelMetadata('qwen2', 'qwen2');
    const converted = await loadTokenizer({ kind: 'gguf', path: 'model.gguf', metadata });
    for (const { text, ids } of readGolden('qwen2').first) {
      if (!/whole/.test(text)) assert.deepEqual([...converted.encode(text)], ids);
    }
    assert.deepEqual(converted.encode('e\u0301'), converted.encode('é'));
    converted.close();
  });

  test('sentencepiece with scores, whose merges are recovered', async () => {
    const golden = readGolden('llama2');
    assert.deepEqual(
      idBlocks(await encodeAll(sentencepieceMetadata(), golden.count, true), golden.block),
      golden.ids,
    );
  });
});

test('the special tokens, ends and template of the file are taken', async () => {
  const metadata = byteLevelMetadata('smollm', 'smollm', {
    'tokenizer.ggml.bos_token_id': 1,
    'tokenizer.ggml.eos_token_id': 2,
    'tokenizer.ggml.eot_token_id': 0,
    'tokenizer.ggml.padding_token_id': 2,
    'tokenizer.ggml.unknown_token_id': 2 ** 32 - 1,
    'tokenizer.ggml.add_bos_token': true,
    'tokenizer.chat_template': '{{ bos_token }}{{ messages[0].content }}',
  });
  const tokenizer = await loadTokenizer({ kind: 'gguf', path: 'model.gguf', metadata });
  const { bosId, eosId, eosIds, padId, unkId, addsBos } = tokenizer;
  assert.deepEqual(
    { bosId, eosId, eosIds, padId, unkId, addsBos },
    {
      bosId: 1,
      eosId: 2,
      eosIds: [2, 0],
      padId: 2,
      unkId: null,
      addsBos: true,
    },
  );
  assert.equal(tokenizer.applyChatTemplate([{ role: 'user', content: 'hi' }]), '<|im_start|>hi');
  assert.deepEqual(
    [...tokenizer.files().keys()],
    ['tokenizer.json', 'tokenizer_config.json', 'generation_config.json'],
  );
  tokenizer.close();
});

test('without a blank before the text, sentencepiece keeps it as it is', async () => {
  const metadata = sentencepieceMetadata({
    'tokenizer.ggml.add_space_prefix': false,
    'tokenizer.ggml.add_bos_token': false,
  });
  const tokenizer = await loadTokenizer({ kind: 'gguf', path: 'model.gguf', metadata });
  const ids = tokenizer.encode(' the loom');
  assert.equal(tokenizer.decode(ids), ' the loom');
  assert.notEqual(tokenizer.piece(tokenizer.encode('the')[0] ?? -1)[0], '▁');
  tokenizer.close();
});

test('the files of a converted vocabulary load as a folder of their own', async () => {
  const metadata = sentencepieceMetadata({ 'tokenizer.chat_template': '{{ eos_token }}' });
  const first = await loadTokenizer({ kind: 'gguf', path: 'model.gguf', metadata });
  const files = first.files();
  const again = await loadTokenizer({
    kind: 'files',
    files: {
      place: 'again',
      tokenizerJson: files.get('tokenizer.json') ?? '',
      tokenizerConfig: files.get('tokenizer_config.json'),
    },
  });
  assert.deepEqual(again.encode('the <s> weaver½'), first.encode('the <s> weaver½'));
  assert.equal(again.applyChatTemplate([]), '</s>');
  assert.ok(JSON.parse(files.get('tokenizer.json') ?? '').post_processor.single.length === 2);
  first.close();
  again.close();
});

describe('a GGUF file is refused', () => {
  const fault = (metadata: Map<string, unknown>, change: Readonly<Record<string, unknown>>) => {
    for (const [key, value] of Object.entries(change)) {
      if (value === undefined) metadata.delete(key);
      else metadata.set(key, value);
    }
    return () => ggufTokenizerFiles(metadata, 'model.gguf');
  };

  test('with an unknown pre-tokenizer, naming it and those known', () => {
    const check = fault(byteLevelMetadata('gpt2', 'gpt-2'), { 'tokenizer.ggml.pre': 'gpt-9' });
    assert.throws(check, { code: 'TOKENIZER_GGUF_UNSUPPORTED', field: 'tokenizer.ggml.pre', value: 'gpt-9' });
    assert.ok(preTokenizerRules.has('smollm'));
  });

  test('with an unknown kind of vocabulary', () => {
    const check = fault(sentencepieceMetadata(), { 'tokenizer.ggml.model': 'rwkv' });
    assert.throws(check, {
      code: 'TOKENIZER_GGUF_UNSUPPORTED',
      field: 'tokenizer.ggml.model',
      value: 'rwkv',
    });
  });

  const faults: readonly (readonly [string, unknown])[] = [
    ['tokenizer.ggml.model', undefined],
    ['tokenizer.ggml.model', 7],
    ['tokenizer.ggml.tokens', undefined],
    ['tokenizer.ggml.tokens', []],
    ['tokenizer.ggml.tokens', ['a', 1]],
    ['tokenizer.ggml.token_type', new Int32Array(3)],
    ['tokenizer.ggml.token_type', 'normal'],
    ['tokenizer.ggml.scores', undefined],
    ['tokenizer.ggml.scores', ['a']],
    ['tokenizer.ggml.bos_token_id', 700],
    ['tokenizer.ggml.bos_token_id', 1.5],
    ['tokenizer.ggml.bos_token_id', '1'],
    ['tokenizer.ggml.add_bos_token', 1],
    ['tokenizer.ggml.add_space_prefix', 'yes'],
    ['tokenizer.chat_template', 5],
    ['tokenizer.ggml.merges', ['ab']],
    ['tokenizer.ggml.merges', [' b']],
    ['tokenizer.ggml.merges', ['a ']],
  ];
  for (const [key, value] of faults) {
    test(`with ${key} ${JSON.stringify(value) ?? 'missing'}`, () => {
      const check = fault(sentencepieceMetadata(), { [key]: value });
      assert.throws(check, { code: 'TOKENIZER_GGUF_MALFORMED', kind: 'invalid', field: key });
    });
  }

  test('without merges where they are needed', () => {
    const check = fault(byteLevelMetadata('gpt2', 'gpt-2'), { 'tokenizer.ggml.merges': undefined });
    assert.throws(check, { code: 'TOKENIZER_GGUF_MALFORMED', field: 'tokenizer.ggml.merges' });
  });
});
