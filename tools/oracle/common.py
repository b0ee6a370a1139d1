"""What the golden scripts share: where fixtures lie, seeded weights, sequences, reference logits."""

import os
import sys
import zlib

# Adapter configs hold Python sets, whose order on disk follows the hash seed.
if os.environ.get("PYTHONHASHSEED") != "0":
    os.environ["PYTHONHASHSEED"] = "0"
    os.execv(sys.executable, [sys.executable, *sys.argv])
os.environ.setdefault("HF_HUB_OFFLINE", "1")

from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM
from transformers.utils import logging

ROOT = Path(__file__).resolve().parents[2]
MODELS = Path("libs/models/fixtures")
PEFT = Path("libs/peft/fixtures")

# PEFT records the base's path as it was given: relative paths keep the machine out of the fixtures.
os.chdir(ROOT)
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
logging.disable_progress_bar()


def generator(name):
    """A random generator that depends on the name alone."""
    return torch.Generator().manual_seed(zlib.crc32(name.encode()))


@torch.no_grad()
def randomise(model, name):
    """Fills every parameter so that no norm is one, no bias zero and attention is not flat."""
    g = generator(name)
    for key, parameter in sorted(model.named_parameters()):
        noise = torch.randn(parameter.shape, generator=g)
        if parameter.dim() == 1:
            is_norm = key.endswith("weight")
            parameter.copy_(1 + 0.2 * noise if is_norm else 0.2 * noise)
        elif "embed" in key or "wte" in key or "wpe" in key or "lm_head" in key:
            parameter.copy_(0.3 * noise)
        else:
            parameter.copy_(0.15 * noise)
    return model


def sequences(name, vocabulary, lengths=(1, 5, 17, 33)):
    """Token ids of the given lengths, uniform over the vocabulary."""
    g = generator("ids " + name)
    return [torch.randint(0, vocabulary, (n,), generator=g) for n in lengths]


def load(folder, dtype=torch.float32):
    """The model of a fixture folder, with eager attention and no dropout."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, attn_implementation="eager")
    return model.eval()


@torch.no_grad()
def logits(model, ids):
    """Logits [tokens, vocabulary] of each sequence alone, so without padding."""
    return [model(input_ids=row[None]).logits[0].float() for row in ids]


def largest_difference(left, right):
    return max((a - b).abs().max().item() for a, b in zip(left, right, strict=True))


def require_close(what, left, right, tolerance):
    """Stops the script where two computations that must agree do not."""
    difference = largest_difference(left, right)
    if not difference <= tolerance:
        raise SystemExit(f"{what}: differs by {difference:.2e}, allowed {tolerance:.0e}")
    return difference


def save_golden(path, ids, expected, extra=None):
    """Writes `ids.N` (I32 [n]) and `logits.N` (F32 [n, vocabulary]) for each sequence, and extra tensors."""
    tensors = {f"ids.{i}": row.to(torch.int32) for i, row in enumerate(ids)}
    tensors |= {f"logits.{i}": row.contiguous() for i, row in enumerate(expected)}
    tensors |= {key: value.contiguous().clone() for key, value in (extra or {}).items()}
    save_file(tensors, path)


def drop_model_card(folder):
    (Path(folder) / "README.md").unlink(missing_ok=True)
