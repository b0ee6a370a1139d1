/** GGUF tensor names in the words of Hugging Face, for each architecture that is read. */

export interface GgufNames {
  /** Whole names. A tensor mapped to null is used otherwise or not at all. */
  readonly global: ReadonlyMap<string, string | null>;
  /** What stands before a layer's number. */
  readonly layerPrefix: string;
  /** What stands between a layer's number and `weight` or `bias`. */
  readonly layer: ReadonlyMap<string, string>;
  /** Layer modules whose weights Hugging Face stores as [in, out]; GGUF has all of them as [out, in]. */
  readonly transposed: ReadonlySet<string>;
}

export const llamaNames: GgufNames = {
  global: new Map([
    ['token_embd.weight', 'model.embed_tokens.weight'],
    ['output_norm.weight', 'model.norm.weight'],
    ['output.weight', 'lm_head.weight'],
    ['rope_freqs.weight', null],
  ]),
  layerPrefix: 'model.layers',
  layer: new Map([
    ['attn_norm', 'input_layernorm'],
    ['attn_q', 'self_attn.q_proj'],
    ['attn_k', 'self_attn.k_proj'],
    ['attn_v', 'self_attn.v_proj'],
    ['attn_output', 'self_attn.o_proj'],
    ['attn_q_norm', 'self_attn.q_norm'],
    ['attn_k_norm', 'self_attn.k_norm'],
    ['ffn_norm', 'post_attention_layernorm'],
    ['ffn_gate', 'mlp.gate_proj'],
    ['ffn_up', 'mlp.up_proj'],
    ['ffn_down', 'mlp.down_proj'],
  ]),
  transposed: new Set(),
};

export const gpt2Names: GgufNames = {
  global: new Map([
    ['token_embd.weight', 'transformer.wte.weight'],
    ['position_embd.weight', 'transformer.wpe.weight'],
    ['output_norm.weight', 'transformer.ln_f.weight'],
    ['output_norm.bias', 'transformer.ln_f.bias'],
    ['output.weight', 'lm_head.weight'],
  ]),
  layerPrefix: 'transformer.h',
  layer: new Map([
    ['attn_norm', 'ln_1'],
    ['attn_qkv', 'attn.c_attn'],
    ['attn_output', 'attn.c_proj'],
    ['ffn_norm', 'ln_2'],
    ['ffn_up', 'mlp.c_fc'],
    ['ffn_down', 'mlp.c_proj'],
  ]),
  transposed: new Set(['attn_qkv', 'attn_output', 'ffn_up', 'ffn_down']),
};

export interface HuggingFaceName {
  /** Null where the tensor is no weight of the model. */
  readonly name: string | null;
  /** The GGUF module of a layer, e.g. `attn_q`, or null for a global tensor. */
  readonly module: string | null;
  readonly kind: 'weight' | 'bias';
}

const layerTensor = /^blk\.(0|[1-9][0-9]{0,5})\.([a-z_]+)\.(weight|bias)$/;

/** Null where this architecture has no such tensor. */
export function huggingFaceName(names: GgufNames, tensor: string): HuggingFaceName | null {
  const global = names.global.get(tensor);
  if (global !== undefined)
    return { name: global, module: null, kind: tensor.endsWith('bias') ? 'bias' : 'weight' };
  const [, layer, module, kind] = layerTensor.exec(tensor) ?? [];
  const target = module === undefined ? undefined : names.layer.get(module);
  if (module === undefined || target === undefined || (kind !== 'weight' && kind !== 'bias')) return null;
  return { name: `${names.layerPrefix}.${layer}.${target}.${kind}`, module, kind };
}
