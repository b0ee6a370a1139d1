"""Writes a Hugging Face folder (Llama, Mistral, Qwen2, Qwen3) as GGUF, in the names and layout of llama.cpp's converter."""

import json
import math
from pathlib import Path

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as Type
from safetensors.torch import load_file
from transformers import AutoTokenizer

ARCHITECTURES = {"llama": "llama", "mistral": "llama", "qwen2": "qwen2", "qwen3": "qwen3"}
FILE_TYPES = {
    Type.F32: gguf.LlamaFileType.ALL_F32,
    Type.F16: gguf.LlamaFileType.MOSTLY_F16,
    Type.BF16: gguf.LlamaFileType.MOSTLY_BF16,
    Type.Q8_0: gguf.LlamaFileType.MOSTLY_Q8_0,
}
GLOBAL_NAMES = {
    "model.embed_tokens.weight": "token_embd.weight",
    "model.norm.weight": "output_norm.weight",
    "lm_head.weight": "output.weight",
}
LAYER_NAMES = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def gguf_name(name):
    if name in GLOBAL_NAMES:
        return GLOBAL_NAMES[name]
    _, _, layer, rest = name.split(".", 3)
    module, kind = rest.rsplit(".", 1)
    return f"blk.{layer}.{LAYER_NAMES[module]}.{kind}"


def interleave(weight, heads):
    """Hugging Face rotates halves of a head, llama.cpp's `llama` rotates neighbours: rows (2, half) become (half, 2)."""
    return weight.reshape(heads, 2, -1, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


def deinterleave(weight, heads):
    return weight.reshape(heads, -1, 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


def permuted_heads(name, config):
    """The head count by which rows of this tensor are permuted, or None."""
    if ARCHITECTURES[config["model_type"]] != "llama":
        return None
    if ".q_proj." in name:
        return config["num_attention_heads"]
    return config["num_key_value_heads"] if ".k_proj." in name else None


def llama3_factors(rope, head_dim):
    """The divisor of each rotary frequency (llama.cpp: convert_hf_to_gguf, `rope_freqs.weight`)."""
    old = rope["original_max_position_embeddings"]
    low, high = rope["low_freq_factor"], rope["high_freq_factor"]
    factors = []
    for i in range(0, head_dim, 2):
        wavelength = 2 * math.pi * rope["rope_theta"] ** (i / head_dim)
        if wavelength < old / high:
            factors.append(1.0)
        elif wavelength > old / low:
            factors.append(rope["factor"])
        else:
            smooth = (old / wavelength - low) / (high - low)
            factors.append(1 / ((1 - smooth) / rope["factor"] + smooth))
    return np.array(factors, dtype=np.float32)


def rope_of(config):
    if "rope_parameters" in config:
        return config["rope_parameters"]
    return {"rope_type": "default", "rope_theta": config["rope_theta"], **(config.get("rope_scaling") or {})}


def add_model_metadata(writer, config, name, stored):
    heads = config["num_attention_heads"]
    head_dim = config.get("head_dim") or config["hidden_size"] // heads
    rope = rope_of(config)
    writer.add_name(name)
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_rope_freq_base(rope["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_key_length(head_dim)
    writer.add_value_length(head_dim)
    writer.add_file_type(FILE_TYPES[stored])
    writer.add_vocab_size(config["vocab_size"])
    writer.add_rope_dimension_count(head_dim)
    if rope["rope_type"] in ("linear", "yarn"):
        writer.add_rope_scaling_type(gguf.RopeScalingType(rope["rope_type"]))
        writer.add_rope_scaling_factor(rope["factor"])
    if rope["rope_type"] == "yarn":
        writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])
    if rope["rope_type"] == "llama3":
        writer.add_tensor("rope_freqs.weight", llama3_factors(rope, head_dim))


def add_tokenizer(writer, folder, pre, vocabulary):
    """Byte-level BPE only. `pre` names the pre-tokenizer as llama.cpp does; it cannot be read from the folder."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = json.loads((folder / "tokenizer.json").read_text())
    if model["model"]["type"] != "BPE":
        raise SystemExit(f"{folder}: the tokenizer is {model['model']['type']}, this script writes BPE only")
    control = {token["id"] for token in model["added_tokens"] if token["special"]}
    names = {index: token for token, index in tokenizer.get_vocab().items()}
    kinds = [gguf.TokenType.UNUSED if i not in names else gguf.TokenType.NORMAL for i in range(vocabulary)]
    for index in control:
        kinds[index] = gguf.TokenType.CONTROL
    merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in model["model"]["merges"]]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list([names.get(i, f"[PAD{i}]") for i in range(vocabulary)])
    writer.add_token_types(kinds)
    writer.add_token_merges(merges)
    writer.add_bos_token_id(tokenizer.bos_token_id)
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_unk_token_id(tokenizer.unk_token_id)
    writer.add_pad_token_id(tokenizer.pad_token_id)
    writer.add_add_space_prefix(False)
    writer.add_add_bos_token(tokenizer("a").input_ids[0] == tokenizer.bos_token_id)
    if tokenizer.chat_template:
        writer.add_chat_template(tokenizer.chat_template)


def read_tensors(folder):
    tensors = {}
    for file in sorted(folder.glob("model*.safetensors")):
        tensors |= load_file(file)
    return tensors


def add_tensor(writer, name, values, stored):
    """1-D tensors stay F32, as llama.cpp keeps them; rows that do not fill blocks are an error of `quantize`."""
    kind = Type.F32 if values.ndim == 1 else stored
    writer.add_tensor(name, gguf.quantize(np.ascontiguousarray(values), kind), raw_dtype=kind)


def convert(folder, output, stored, *, name, pre="smollm", tokenizer=None):
    """Writes `folder` to the GGUF file `output` with its matrices in type `stored`.

    `tokenizer` is another folder to take the tokenizer from.
    """
    folder = Path(folder)
    config = json.loads((folder / "config.json").read_text())
    writer = gguf.GGUFWriter(output, ARCHITECTURES[config["model_type"]])
    writer.add_type(gguf.GGUFType.MODEL)
    add_model_metadata(writer, config, name, stored)
    add_tokenizer(writer, Path(tokenizer or folder), pre, config["vocab_size"])
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    for key, tensor in read_tensors(folder).items():
        values = tensor.to(torch.float32).numpy()
        heads = permuted_heads(key, config)
        add_tensor(writer, gguf_name(key), values if heads is None else interleave(values, heads), stored)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def dequantised_state(path, config):
    """The tensors of a GGUF under Hugging Face names, rows of q and k back in Hugging Face order."""
    names = {}
    for layer in range(config["num_hidden_layers"]):
        for module, short in LAYER_NAMES.items():
            for kind in ("weight", "bias"):
                names[f"blk.{layer}.{short}.{kind}"] = f"model.layers.{layer}.{module}.{kind}"
    names |= {short: long for long, short in GLOBAL_NAMES.items()}
    state = {}
    for tensor in gguf.GGUFReader(path).tensors:
        if tensor.name not in names:
            continue
        key = names[tensor.name]
        values = gguf.dequantize(tensor.data, tensor.tensor_type).reshape(tensor.shape[::-1])
        heads = permuted_heads(key, config)
        values = values if heads is None else deinterleave(values, heads)
        state[key] = torch.from_numpy(np.array(values, dtype=np.float32, order="C"))
    return state
