"""Loads an adapter that Weft wrote with PEFT and compares logits: the way back, which the tests cannot take.

    python tools/oracle/compare-adapter.py BASE ADAPTER LOGITS.safetensors [--tolerance 1e-4]

BASE is a Hugging Face folder, ADAPTER a PEFT folder (`-` for none), LOGITS holds `ids.N` (I32) and `logits.N` (F32)
as the golden files do, written by the side to be checked. Exits 1 where they differ.
"""

import argparse
import sys
from pathlib import Path

ORIGIN = Path.cwd()
from common import largest_difference, load, logits
from peft import PeftModel
from safetensors.torch import load_file

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("base")
parser.add_argument("adapter")
parser.add_argument("logits")
parser.add_argument("--tolerance", type=float, default=1e-4)
arguments = parser.parse_args()

model = load(ORIGIN / arguments.base)
if arguments.adapter != "-":
    model = PeftModel.from_pretrained(model, ORIGIN / arguments.adapter).eval()
theirs = load_file(ORIGIN / arguments.logits)
count = sum(key.startswith("ids.") for key in theirs)
ids = [theirs[f"ids.{i}"].long() for i in range(count)]
difference = largest_difference(logits(model, ids), [theirs[f"logits.{i}"] for i in range(count)])
print(f"{count} sequences, largest difference {difference:.2e}")
sys.exit(0 if difference <= arguments.tolerance else 1)
