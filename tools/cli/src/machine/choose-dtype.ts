/** Which dtype multiplies faster here: measured once per machine and build of the engine, and kept. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ComputeType, Executor } from '@weft/engine';
import { writeFileAtomically } from '@weft/models';

export interface ProductRates {
  /** Floating-point operations per second. */
  readonly float32: number;
  readonly bfloat16: number;
}

export interface ChosenDtype {
  readonly compute: ComputeType;
  /** For the user, e.g. that bfloat16 is 2.1 times as fast as float32 here. */
  readonly reason: string;
}

export async function chooseDtype(
  wanted: 'auto' | ComputeType,
  executor: Executor,
  home: string,
): Promise<ChosenDtype> {
  if (wanted !== 'auto') return { compute: wanted, reason: 'as asked for' };
  const { float32, bfloat16 } = await productRates(executor, home);
  const ratio = Math.max(float32, bfloat16) / Math.max(1, Math.min(float32, bfloat16));
  const [compute, other] =
    bfloat16 > float32 ? (['bfloat16', 'float32'] as const) : (['float32', 'bfloat16'] as const);
  return { compute, reason: `measured ${ratio.toFixed(1)} × as fast as ${other} on this machine` };
}

export async function productRates(executor: Executor, home: string): Promise<ProductRates> {
  const path = join(home, 'measurements', `${await keyOf(executor)}.json`);
  const kept = await readRates(path);
  if (kept !== null) return kept;
  const rates = await measureInTurn(executor);
  try {
    await mkdir(join(home, 'measurements'), { recursive: true });
    await writeFileAtomically(path, (sink) => sink.write(Buffer.from(`${JSON.stringify(rates)}\n`)));
  } catch {
    // A cache that cannot be written costs a second the next time, and no more.
  }
  return rates;
}

/** In turn and several times: what is kept must not depend on what else the machine did for a moment. */
async function measureInTurn(executor: Executor): Promise<ProductRates> {
  const best = { float32: 0, bfloat16: 0 };
  for (let round = 0; round < 4; round++) {
    best.float32 = Math.max(best.float32, await executor.measureProducts('float32'));
    best.bfloat16 = Math.max(best.bfloat16, await executor.measureProducts('bfloat16'));
  }
  return best;
}

async function keyOf(executor: Executor): Promise<string> {
  const build = await buildStamp();
  return createHash('sha256')
    .update(JSON.stringify([executor.device, build]))
    .digest('hex')
    .slice(0, 16);
}

async function buildStamp(): Promise<string> {
  const addon = new URL('../native/build/weft.node', import.meta.resolve('@weft/engine'));
  try {
    const { size, mtimeMs } = await stat(fileURLToPath(addon));
    return `${size}-${mtimeMs}`;
  } catch {
    return '';
  }
}

async function readRates(path: string): Promise<ProductRates | null> {
  try {
    const { float32, bfloat16 } = JSON.parse(await readFile(path, 'utf8')) as Partial<ProductRates>;
    const isWhole =
      typeof float32 === 'number' && typeof bfloat16 === 'number' && float32 > 0 && bfloat16 > 0;
    return isWhole ? { float32, bfloat16 } : null;
  } catch {
    return null;
  }
}
