/** The folder of one tuning run: whose it is, what it holds, and how it is cleared. */
import { appendFileSync, existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { WeftError } from '@weft/errors';
import { FileLock, type JsonObject, readJsonObject, writeFileAtomically } from '@weft/models';
import { listCheckpoints } from '@weft/training';
import { optionError } from '../options/option-errors.ts';

const recordFile = 'weft.json';
const eventsFile = 'events.jsonl';
const checkpointsFolder = 'checkpoints';

/** What tells that a folder holds a run or a finished model. */
const signs = [recordFile, eventsFile, checkpointsFolder, 'adapter_config.json', 'config.json'];

/** What a run may have written; everything else in the folder is left alone. */
const ownFiles =
  /^(weft\.json|events\.jsonl|checkpoints|adapter_config\.json|adapter_model\.safetensors|README\.md|config\.json|generation_config\.json|tokenizer\.json|tokenizer_config\.json|special_tokens_map\.json|chat_template\.jinja|chat_templates|model\.safetensors|model\.safetensors\.index\.json|model-\d{5}-of-\d{5}\.safetensors)$/;

export class RunFolder {
  readonly path: string;
  readonly checkpoints: string;

  constructor(path: string) {
    this.path = path;
    this.checkpoints = join(path, checkpointsFolder);
  }

  /** Keeps other runs out until disposed of. @throws WeftError `OUTPUT_IN_USE` naming the process. */
  async lock(signal: AbortSignal): Promise<FileLock> {
    const giveUp = new AbortController();
    await mkdir(this.path, { recursive: true });
    return FileLock.acquire(join(this.path, '.weft-lock'), {
      signal: AbortSignal.any([signal, giveUp.signal]),
      pollMs: 50,
      now: Date.now,
      onWait: (pid) => giveUp.abort(inUse(this.path, pid)),
    });
  }

  /** @throws WeftError `OUTPUT_HOLDS_RUN` unless the user said what is to become of what is there. */
  requireFree({ resume, overwrite }: { readonly resume: boolean; readonly overwrite: boolean }): void {
    if (resume && overwrite) {
      throw optionError({
        code: 'OPTION_CONFLICT',
        message: '--resume and --overwrite exclude each other',
        field: '--resume',
        remedy: 'Give one of them.',
      });
    }
    const sign = signs.find((name) => existsSync(join(this.path, name)));
    if (sign === undefined || resume || overwrite) return;
    throw optionError({
      code: 'OUTPUT_HOLDS_RUN',
      message: `${this.path} already holds a run (${sign})`,
      field: '--output',
      value: this.path,
      remedy: 'Go on with it by --resume, replace it by --overwrite, or name another folder.',
    });
  }

  /** A folder to go on with, or to replace, may hold a run or nothing, but no model of someone else. */
  requireOurs(): void {
    const isOurs = [eventsFile, recordFile, checkpointsFolder].some((name) =>
      existsSync(join(this.path, name)),
    );
    if (!isOurs) this.requireFree({ resume: false, overwrite: false });
  }

  async clear(): Promise<void> {
    for (const name of await readdir(this.path)) {
      if (ownFiles.test(name)) await rm(join(this.path, name), { recursive: true, force: true });
    }
  }

  async newestCheckpoint(): Promise<{ readonly step: number; readonly path: string } | null> {
    return (await listCheckpoints(this.checkpoints))[0] ?? null;
  }

  /** `weft.json`, which is written last: null while the run is not finished. */
  async record(signal: AbortSignal): Promise<JsonObject | null> {
    const path = join(this.path, recordFile);
    return existsSync(path) ? readJsonObject(path, signal) : null;
  }

  writeRecord(record: JsonObject, folder = this.path): Promise<void> {
    return writeFileAtomically(join(folder, recordFile), (sink) =>
      sink.write(Buffer.from(`${JSON.stringify(record, null, 2)}\n`)),
    );
  }

  appendEvent(event: object): void {
    appendFileSync(join(this.path, eventsFile), `${JSON.stringify(event)}\n`);
  }

  /** Takes back events of steps that are done again, so that each step stands there once. */
  async rewindEvents(step: number): Promise<void> {
    const path = join(this.path, eventsFile);
    if (!existsSync(path)) return;
    const kept = (await readFile(path, 'utf8'))
      .split('\n')
      .filter((line) => line !== '' && stepOf(line) <= step);
    await writeFileAtomically(path, (sink) =>
      sink.write(Buffer.from(kept.map((line) => `${line}\n`).join(''))),
    );
  }
}

/** Infinity for a line that was cut off, so that it goes. */
function stepOf(line: string): number {
  try {
    const { step } = JSON.parse(line) as { step?: unknown };
    return typeof step === 'number' ? step : 0;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function inUse(path: string, pid: number): WeftError {
  return new WeftError({
    code: 'OUTPUT_IN_USE',
    kind: 'invalid',
    message: `process ${pid} is working in ${path}`,
    field: '--output',
    value: path,
    remedy: 'Wait for it to end, or name another folder.',
  });
}
