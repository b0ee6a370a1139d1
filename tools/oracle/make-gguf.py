"""Writes GGUF fixtures of the tiny models, and the logits of transformers on what each file holds."""

import json
import shutil
from tempfile import TemporaryDirectory

import hf_to_gguf
import tiny_tokenizer
from common import MODELS, largest_difference, load, logits, require_close, save_golden, sequences
from gguf import GGMLQuantizationType as Type
from transformers import AutoModelForCausalLM

CASES = [
    ("llama", Type.F32),
    ("llama", Type.Q8_0),
    ("llama3-rope", Type.F32),
    ("qwen2", Type.Q8_0),
    ("qwen3", Type.F16),
]
# transformers' own GGUF reader takes neither `rope_freqs` nor a head size of its own.
NOT_READ_BY_TRANSFORMERS = ("llama3-rope", "qwen3")


def read_by_transformers(path):
    """The model as transformers' own GGUF reader sees it."""
    return AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, attn_implementation="eager").eval()


def make(source, stored):
    folder = MODELS / f"{source}-gguf-{stored.name.lower().replace('_', '-')}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    path = folder / "model.gguf"
    config = json.loads((MODELS / source / "config.json").read_text())
    with TemporaryDirectory() as tokenizer:
        tiny_tokenizer.build(config["vocab_size"]).save_pretrained(tokenizer)
        hf_to_gguf.convert(MODELS / source, path, stored, name=f"Tiny {source}", tokenizer=tokenizer)

    ids = sequences(source, config["vocab_size"], (1, 5, 17, 33) if source != "llama3-rope" else (5, 90))
    model = load(MODELS / source)
    before = logits(model, ids)
    model.load_state_dict(hf_to_gguf.dequantised_state(path, config), strict=not config["tie_word_embeddings"])
    expected = logits(model, ids)
    if stored == Type.F32:
        require_close(f"{source} as F32", expected, before, 0)
    if source not in NOT_READ_BY_TRANSFORMERS:
        theirs = logits(read_by_transformers(path), ids)
        require_close(f"{folder.name} read by transformers", theirs, expected, 1e-5)
    save_golden(folder / "golden.safetensors", ids, expected)
    change = largest_difference(before, expected)
    print(f"{folder.name}: {path.stat().st_size} bytes, {change:.1e} from the logits of F32")


for source, stored in CASES:
    make(source, stored)
