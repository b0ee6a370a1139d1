/** Runs a peer's script and reads the one JSON object it prints. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export type PeerResult = Readonly<Record<string, unknown>>;

export function peerScript(name: string): string {
  return fileURLToPath(new URL(`../peers/${name}`, import.meta.url));
}

/** Null, with a line on stderr, where the peer is not installed or fails. */
export async function runPeer(program: string, args: readonly string[]): Promise<PeerResult | null> {
  if (!existsSync(program)) {
    process.stderr.write(
      `peer skipped: ${program} does not exist (tools/bench/peers/README.md says how to install it)\n`,
    );
    return null;
  }
  try {
    const { stdout } = await execute(program, [...args], { maxBuffer: 1 << 24 });
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as PeerResult;
  } catch (error) {
    process.stderr.write(
      `peer failed: ${error instanceof Error ? error.message.slice(0, 500) : String(error)}\n`,
    );
    return null;
  }
}

export function numberOf(result: PeerResult | null, field: string): number | null {
  const value = result?.[field];
  return typeof value === 'number' ? value : null;
}
