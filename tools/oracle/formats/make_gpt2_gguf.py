"""Writes libs/models/src/formats/gguf/fixtures/gpt2-f16.gguf: the model libs/models/fixtures/gpt2 as llama.cpp's
converter lays it out, that is matrices of the layers transposed to [out, in] and the embeddings repeated as output.

Needs `pip install gguf safetensors numpy`.
"""

import json
import pathlib

import gguf
import numpy as np
from safetensors.numpy import load_file

MODELS = pathlib.Path(__file__).parents[3] / "libs/models"
SOURCE = MODELS / "fixtures/gpt2"
OUT = MODELS / "src/formats/gguf/fixtures/gpt2-f16.gguf"
TRANSPOSED = ("attn.c_attn.weight", "attn.c_proj.weight", "mlp.c_fc.weight", "mlp.c_proj.weight")


def main():
    config = json.loads((SOURCE / "config.json").read_text())
    tensors = load_file(SOURCE / "model.safetensors")
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.GPT2, config["n_layer"])
    OUT.parent.mkdir(parents=True, exist_ok=True)
    writer = gguf.GGUFWriter(OUT, "gpt2")
    writer.add_block_count(config["n_layer"])
    writer.add_context_length(config["n_positions"])
    writer.add_embedding_length(config["n_embd"])
    writer.add_feed_forward_length(4 * config["n_embd"])
    writer.add_head_count(config["n_head"])
    writer.add_layer_norm_eps(config["layer_norm_epsilon"])
    for name, values in tensors.items():
        values = values.T if name.endswith(TRANSPOSED) else values
        stored = values if values.ndim == 1 else np.ascontiguousarray(values).astype(np.float16)
        target = names.get_name(name, try_suffixes=(".weight", ".bias"))
        writer.add_tensor(target, stored)
        if target == "token_embd.weight":
            writer.add_tensor("output.weight", stored)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


main()
