/** Memory that a process may still take: of the machine, and of its control group where one limits it. */
import { readFile } from 'node:fs/promises';
import { freemem } from 'node:os';

/** Bytes, beyond what this process holds already. */
export async function availableMemory(): Promise<number> {
  const machine = (await readField('/proc/meminfo', /^MemAvailable:\s+(\d+) kB/m)) ?? freemem() / 1024;
  return Math.min(machine * 1024, await roomInGroup('/sys/fs/cgroup'));
}

/** What a group's files in the page cache take does not count: it goes when others need it. */
async function roomInGroup(root: string): Promise<number> {
  const second = {
    limit: await readField(`${root}/memory.max`, /^(\d+)$/m),
    used: await readField(`${root}/memory.current`, /^(\d+)$/m),
    cached: await readField(`${root}/memory.stat`, /^file (\d+)$/m),
  };
  const first = {
    limit: await readField(`${root}/memory/memory.limit_in_bytes`, /^(\d+)$/m),
    used: await readField(`${root}/memory/memory.usage_in_bytes`, /^(\d+)$/m),
    cached: await readField(`${root}/memory/memory.stat`, /^total_cache (\d+)$/m),
  };
  const { limit, used, cached } = second.limit === null ? first : second;
  if (limit === null || used === null) return Number.POSITIVE_INFINITY;
  return Math.max(0, limit - Math.max(0, used - (cached ?? 0)));
}

async function readField(path: string, pattern: RegExp): Promise<number | null> {
  try {
    const found = pattern.exec(await readFile(path, 'utf8'))?.[1];
    return found === undefined ? null : Number(found);
  } catch {
    return null;
  }
}
