/** Runs the native tokenizer, whose `encode` is asynchronous, for a caller that waits. */

import { parentPort, workerData } from 'node:worker_threads';
import { Tokenizer } from 'tokenizers';
import type { EncodeAnswer, EncodeRequest, EncoderStart } from './encoder-protocol.ts';
import { answerCalls, type SyncWorkerData } from './sync-worker.ts';

const data = workerData as SyncWorkerData<EncoderStart>;
const faultOf = (error: unknown): EncodeAnswer => ({
  fault: error instanceof Error ? error.message : String(error),
});

function load(): Tokenizer | EncodeAnswer {
  try {
    return Tokenizer.fromString(new TextDecoder().decode(data.start.json));
  } catch (error) {
    return faultOf(error);
  }
}

const tokenizer = load();

async function encode({ texts, addSpecialTokens }: EncodeRequest): Promise<EncodeAnswer> {
  if (!(tokenizer instanceof Tokenizer)) return tokenizer;
  try {
    const ids: Int32Array[] = [];
    for (const text of texts) {
      const encoding = await tokenizer.encode(text, null, { addSpecialTokens });
      ids.push(Int32Array.from(encoding.getIds()));
    }
    return { ids };
  } catch (error) {
    return faultOf(error);
  }
}

answerCalls<EncoderStart, EncodeRequest, EncodeAnswer>(data, encode);
const report: EncodeAnswer = tokenizer instanceof Tokenizer ? { ids: [] } : tokenizer;
parentPort?.postMessage(report);
