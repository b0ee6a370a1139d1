/** Where a bias that the base lacks can go in a merged model: its configuration must know biases there. */
import { WeftError } from '@weft/errors';
import type { Architecture, JsonObject } from '@weft/models';
import type { BaseLayout } from '../module-sites.ts';

interface BiasSwitch {
  /** The key of `config.json` that gives these modules biases, all or none. */
  readonly key: string;
  readonly modules: readonly string[];
}

const attention: BiasSwitch = { key: 'attention_bias', modules: ['q_proj', 'k_proj', 'v_proj', 'o_proj'] };
const mlp: BiasSwitch = { key: 'mlp_bias', modules: ['gate_proj', 'up_proj', 'down_proj'] };

const switches: Readonly<Record<Architecture, readonly BiasSwitch[]>> = {
  llama: [attention, mlp],
  qwen3: [attention],
  mistral: [],
  qwen2: [],
  gpt2: [],
};

export interface NewBiases {
  /** Sizes by tensor name; those that no rule changes are zero. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly configChanges: JsonObject;
}

/**
 * The biases that the base lacks and the named ones call for.
 *
 * @throws WeftError `MERGE_NO_BIAS` where the architecture has no place for one.
 */
export function placeBiases(
  wanted: readonly string[],
  layout: BaseLayout,
  architecture: Architecture,
): NewBiases {
  const flipped = new Set<BiasSwitch>();
  for (const tensor of wanted) {
    const module = tensor.split('.').at(-2) ?? '';
    const found = switches[architecture].find(({ modules }) => modules.includes(module));
    if (found === undefined) throw noPlace(tensor, architecture);
    flipped.add(found);
  }
  const modules = new Set([...flipped].flatMap((flip) => flip.modules));
  const sites = layout.sites.filter(({ name, kind }) => kind === 'linear' && modules.has(lastPart(name)));
  return {
    shapes: new Map(sites.map(({ name, outFeatures }) => [`${name}.bias`, [outFeatures]])),
    configChanges: Object.fromEntries([...flipped].map(({ key }) => [key, true])),
  };
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

function noPlace(tensor: string, architecture: Architecture): WeftError {
  return new WeftError({
    code: 'MERGE_NO_BIAS',
    kind: 'invalid',
    message: `the adapter adds ${tensor}, which a ${architecture} model has no place for`,
    field: tensor,
    value: architecture,
    remedy: 'use the adapter beside the base model, or train one without loraBias',
  });
}
