import { clusterIntents } from './intents/cluster.ts';
import { inspectIntents } from './intents/inspect.ts';
import type { Intent } from './intents/intent.ts';
import { objectIntents } from './intents/objects.ts';
import { workloadIntents } from './intents/workloads.ts';
import { phrase } from './phrase.ts';
import { createSeededRandom, type SeededRandom } from './seeded-random.ts';
import { type Filler, slots } from './vocabulary.ts';

export interface CommandRow {
  readonly instruction: string;
  readonly input: string;
  readonly output: string;
}

export interface CommandRows {
  readonly train: readonly CommandRow[];
  readonly test: readonly CommandRow[];
}

export const intents: readonly Intent[] = [
  ...inspectIntents,
  ...workloadIntents,
  ...objectIntents,
  ...clusterIntents,
];

const slotPattern = /\{([a-zA-Z]+)(\.write)?\}/g;

/** A request may name `{slot.write}` where it must say the bare name; a command always writes. */
function fill(template: string, fillers: Map<string, Filler>, side: 'say' | 'write'): string {
  return template.replace(slotPattern, (_match, slot: string, forced: string | undefined) => {
    const filler = fillers.get(slot);
    if (filler === undefined) throw new Error(`the template "${template}" names no drawn slot {${slot}}`);
    return forced === undefined ? filler[side] : filler.write;
  });
}

function drawFillers(command: string, random: SeededRandom): Map<string, Filler> {
  const fillers = new Map<string, Filler>();
  for (const [, slot] of command.matchAll(slotPattern)) {
    if (slot === undefined || fillers.has(slot)) continue;
    const draw = slots[slot];
    if (draw === undefined) throw new Error(`the command "${command}" names the unknown slot {${slot}}`);
    fillers.set(slot, draw(random));
  }
  return fillers;
}

interface Seen {
  readonly requests: Set<string>;
  readonly commands: Set<string>;
}

const normalise = (request: string): string =>
  request
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, ' ')
    .trim();

/** Draws rows of one intent whose requests, and commands where they have slots, occurred nowhere before. */
function drawRows(intent: Intent, random: SeededRandom, seen: Seen): CommandRow[] {
  const wanted = intent.rows + intent.heldOut;
  const isFixed = intent.command.search(slotPattern) < 0;
  const rows: CommandRow[] = [];
  let templates: string[] = [];
  for (let tries = 0; rows.length < wanted; tries++) {
    if (tries > 200 * wanted) throw new Error(`"${intent.command}" has too few forms for ${wanted} rows`);
    if (templates.length === 0) templates = random.shuffle(intent.requests);
    const template = templates.pop() as string;
    const fillers = drawFillers(intent.command, random);
    const instruction = phrase(fill(template, fillers, 'say'), random);
    const output = fill(intent.command, fillers, 'write');
    if (seen.requests.has(normalise(instruction)) || (!isFixed && seen.commands.has(output))) {
      // Back to the end of the queue: each phrasing is to be used as often as the others, but not at any price.
      templates.unshift(template);
      continue;
    }
    seen.requests.add(normalise(instruction));
    seen.commands.add(output);
    rows.push({ instruction, input: '', output });
  }
  return rows;
}

/** The whole data set, the same for the same seed. The held-out rows are drawn like the others and set aside. */
export function buildRows(seed: number): CommandRows {
  const random = createSeededRandom(seed);
  const seen: Seen = { requests: new Set(), commands: new Set() };
  const train: CommandRow[] = [];
  const test: CommandRow[] = [];
  for (const intent of intents) {
    const rows = random.shuffle(drawRows(intent, random, seen));
    test.push(...rows.slice(0, intent.heldOut));
    train.push(...rows.slice(intent.heldOut));
  }
  return { train: random.shuffle(train), test: random.shuffle(test) };
}
