"""Writes libs/models/fixtures: tiny random models of every architecture with transformers' logits beside them."""

import json
import shutil

import tiny_tokenizer
import torch
from common import MODELS, drop_model_card, load, logits, randomise, require_close, save_golden, sequences
from safetensors.torch import load_file, save_file
from transformers import (
    AutoModelForCausalLM,
    GenerationConfig,
    GPT2Config,
    LlamaConfig,
    MistralConfig,
    Qwen2Config,
    Qwen3Config,
)

SMALL = dict(
    vocab_size=96,
    hidden_size=32,
    intermediate_size=64,
    num_hidden_layers=2,
    num_attention_heads=2,
    num_key_value_heads=1,
    max_position_embeddings=256,
    bos_token_id=0,
    eos_token_id=1,
    tie_word_embeddings=False,
)
LONG = (1, 5, 17, 33, 90)


def llama(**changes):
    return LlamaConfig(**(SMALL | changes))


def rope(rope_type, **parameters):
    return dict(rope_parameters=dict(rope_type=rope_type, **parameters))


CONFIGS = {
    "llama": llama(
        vocab_size=288,
        hidden_size=64,
        intermediate_size=96,
        num_attention_heads=4,
        num_key_value_heads=2,
        rms_norm_eps=1e-5,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=2,
        **rope("default", rope_theta=100000.0),
    ),
    "llama-tied": llama(tie_word_embeddings=True),
    "llama3-rope": llama(
        **rope(
            "llama3",
            rope_theta=10000.0,
            factor=8.0,
            low_freq_factor=1.0,
            high_freq_factor=4.0,
            original_max_position_embeddings=64,
        )
    ),
    "llama-linear": llama(**rope("linear", rope_theta=10000.0, factor=4.0)),
    "llama-yarn": llama(
        **rope("yarn", rope_theta=10000.0, factor=4.0, original_max_position_embeddings=64),
    ),
    "mistral": MistralConfig(**SMALL, head_dim=16, sliding_window=8),
    "qwen2": Qwen2Config(**SMALL),
    "qwen3": Qwen3Config(**(SMALL | dict(tie_word_embeddings=True)), head_dim=24),
    "gpt2": GPT2Config(vocab_size=96, n_positions=64, n_embd=32, n_layer=2, n_head=4, bos_token_id=0, eos_token_id=1),
}
LENGTHS = {"llama3-rope": LONG, "llama-linear": LONG, "llama-yarn": LONG}
# How transformers 4 wrote the same rope: the key of the kind was `type` before it was `rope_type`.
OLD_KIND_KEY = {"llama-linear": "type"}
WITH_OLD_CONFIG = ["llama", "llama3-rope", "llama-linear", "llama-yarn", "qwen3"]


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def make(name, config):
    folder = fresh(MODELS / name)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager", dtype=torch.float32)
    randomise(model, name).save_pretrained(folder)
    drop_model_card(folder)
    ids = sequences(name, config.vocab_size, LENGTHS.get(name, (1, 5, 17, 33)))
    expected = logits(load(folder), ids)
    noise = require_close(name + " in float64", logits(load(folder, torch.float64), ids), expected, 3e-5)
    save_golden(folder / "golden.safetensors", ids, expected)
    print(f"{name}: {model.num_parameters()} parameters, logits ±{expected[-1].std():.2f}, rounding {noise:.1e}")
    if name in WITH_OLD_CONFIG:
        write_old_config(name, folder, ids, expected)


def write_old_config(name, folder, ids, expected):
    """`config-transformers-4.json`: rope and dtype as top-level keys, read back to the same logits."""
    config = json.loads((folder / "config.json").read_text())
    parameters = config.pop("rope_parameters")
    config["rope_theta"] = parameters.pop("rope_theta")
    kind = parameters.pop("rope_type")
    config["rope_scaling"] = None
    if kind != "default":
        config["rope_scaling"] = {OLD_KIND_KEY.get(name, "rope_type"): kind, **parameters}
    config["torch_dtype"] = config.pop("dtype")
    config["transformers_version"] = "4.46.0"
    text = json.dumps(config, indent=2, sort_keys=True) + "\n"
    (folder / "config-transformers-4.json").write_text(text)

    trial = fresh(folder / "trial")
    (trial / "config.json").write_text(text)
    shutil.copy(folder / "model.safetensors", trial)
    require_close(name + " by its old config", logits(load(trial), ids), expected, 0)
    shutil.rmtree(trial)


def add_tokenizer(folder):
    tiny_tokenizer.build().save_pretrained(folder)
    GenerationConfig(bos_token_id=1, eos_token_id=[2, 0], pad_token_id=2).save_pretrained(folder)


def make_copies(source):
    """The same model as BF16 (rounded, with its own logits) and in shards."""
    ids = sequences(source, SMALL["vocab_size"], LONG)

    folder = fresh(MODELS / f"{source}-bf16")
    load(MODELS / source, torch.bfloat16).save_pretrained(folder)
    save_golden(folder / "golden.safetensors", ids, logits(load(folder), ids))

    folder = fresh(MODELS / f"{source}-sharded")
    load(MODELS / source).save_pretrained(folder, max_shard_size="40KB")
    save_golden(folder / "golden.safetensors", ids, logits(load(folder), ids))


def make_bare_gpt2():
    """GPT-2 as the hub's first checkpoints name it: no `transformer.` prefix, and the causal masks stored."""
    folder = fresh(MODELS / "gpt2-bare")
    shutil.copy(MODELS / "gpt2" / "config.json", folder)
    tensors = load_file(MODELS / "gpt2" / "model.safetensors")
    bare = {key.removeprefix("transformer."): value for key, value in tensors.items()}
    for layer in range(2):
        bare[f"h.{layer}.attn.bias"] = torch.ones(64, 64).tril()[None, None].to(torch.uint8)
    save_file(bare, folder / "model.safetensors", metadata={"format": "pt"})
    ids = sequences("gpt2", 96)
    expected = logits(load(folder), ids)
    require_close("gpt2-bare", expected, logits(load(MODELS / "gpt2"), ids), 0)
    save_golden(folder / "golden.safetensors", ids, expected)


for name, config in CONFIGS.items():
    make(name, config)
add_tokenizer(MODELS / "llama")
make_copies("llama3-rope")
make_bare_gpt2()
