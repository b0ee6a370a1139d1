"""Trains the default recipe with PEFT and prints its speed and peak memory as one JSON object.

    python peft_train.py [--model FOLDER|FILE.gguf] [--dtype float32|bfloat16|autocast] [--rows FILE.jsonl]

LoRA rank 8, alpha 32, dropout 0.1 on q, k, v, o; micro-batches of 8 rows, accumulation 4, AdamW, clipping. Without
`--model` the weights are random in SmolLM2-135M's shapes; without `--rows` each row has 256 tokens, all labelled.
`bfloat16` holds the base in bfloat16 (adapters stay float32, PEFT's default), `autocast` holds it in float32 and
multiplies in bfloat16, as the Trainer's `bf16` does. Rows of a file (`{"ids", "labels"}`) are taken in order and padded to
the longest of their micro-batch; only real tokens count.
"""

import argparse
import json
import os
import platform
import resource
import sys
import threading
import time
import warnings
from pathlib import Path

PAD = 2
SMOLLM2_135M = dict(
    vocab_size=49152,
    hidden_size=576,
    intermediate_size=1536,
    num_hidden_layers=30,
    num_attention_heads=9,
    num_key_value_heads=3,
    max_position_embeddings=8192,
    rms_norm_eps=1e-5,
    tie_word_embeddings=True,
    bos_token_id=1,
    eos_token_id=2,
    pad_token_id=PAD,
    rope_parameters=dict(rope_type="default", rope_theta=100000.0),
)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--dtype", choices=["float32", "bfloat16", "autocast"], default="float32")
    parser.add_argument("--rows", type=Path)
    parser.add_argument("--steps", type=int, default=6, help="micro-batches, of which the first is not timed")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--length", type=int, default=256)
    parser.add_argument("--accumulation", type=int, default=4)
    return parser.parse_args()


arguments = parse_arguments()
# Thread counts are read when torch is imported.
os.environ["OMP_NUM_THREADS"] = str(arguments.threads)
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TQDM_DISABLE"] = "1"
warnings.simplefilter("ignore")

import peft
import torch
import transformers

torch.set_num_threads(arguments.threads)
transformers.utils.logging.disable_progress_bar()
transformers.utils.logging.set_verbosity_error()


def load_base():
    dtype = torch.bfloat16 if arguments.dtype == "bfloat16" else torch.float32
    if arguments.model is None:
        config = transformers.LlamaConfig(**SMOLLM2_135M)
        return transformers.AutoModelForCausalLM.from_config(config, dtype=dtype)
    if arguments.model.suffix == ".gguf":
        folder, file = arguments.model.parent, arguments.model.name
        return transformers.AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=dtype)
    return transformers.AutoModelForCausalLM.from_pretrained(arguments.model, dtype=dtype)


def add_lora(base):
    config = peft.LoraConfig(
        task_type="CAUSAL_LM",
        r=8,
        lora_alpha=32,
        lora_dropout=0.1,
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj"],
    )
    return peft.get_peft_model(base, config).train()


def synthetic_batches(vocabulary):
    generator = torch.Generator().manual_seed(42)
    shape = (arguments.batch_size, arguments.length)
    for _ in range(arguments.steps):
        ids = torch.randint(3, vocabulary, shape, generator=generator)
        yield dict(input_ids=ids, labels=ids, attention_mask=torch.ones_like(ids)), ids.numel()


def pad(rows, key, filler):
    longest = max(len(row["ids"]) for row in rows)
    return torch.tensor([row[key] + [filler] * (longest - len(row[key])) for row in rows])


def file_batches(path):
    rows = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    for step in range(arguments.steps):
        start = step * arguments.batch_size % len(rows)
        batch = rows[start : start + arguments.batch_size]
        ids, labels = pad(batch, "ids", PAD), pad(batch, "labels", -100)
        mask = pad([dict(row, mask=[1] * len(row["ids"])) for row in batch], "mask", 0)
        yield dict(input_ids=ids, labels=labels, attention_mask=mask), int(mask.sum())


class AnonymousPeak(threading.Thread):
    """Samples resident anonymous memory: the file pages of torch's own libraries would flatter us."""

    def __init__(self):
        super().__init__(daemon=True)
        self.bytes = 0

    def run(self):
        while True:
            text = Path("/proc/self/status").read_text()
            kib = int(text.split("RssAnon:")[1].split()[0])
            self.bytes = max(self.bytes, kib * 1024)
            time.sleep(0.02)


def optimise(parameters, optimizer, schedule):
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()
    schedule.step()
    optimizer.zero_grad()


def train(model, batches):
    """Seconds and real tokens of each micro-batch, and the last loss."""
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=5e-4, weight_decay=0.0)
    schedule = transformers.get_linear_schedule_with_warmup(optimizer, 0, 1000)
    timings = []
    for step, (batch, tokens) in enumerate(batches, start=1):
        start = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=arguments.dtype == "autocast"):
            loss = model(**batch, use_cache=False).loss / arguments.accumulation
        loss.backward()
        if step % arguments.accumulation == 0:
            optimise(parameters, optimizer, schedule)
        timings.append((time.perf_counter() - start, tokens))
    return timings, loss.item() * arguments.accumulation


def main():
    peak = AnonymousPeak() if sys.platform == "linux" else None
    if peak is not None:
        peak.start()
    model = add_lora(load_base())
    vocabulary = model.config.vocab_size
    batches = file_batches(arguments.rows) if arguments.rows else synthetic_batches(vocabulary)
    timings, loss = train(model, batches)
    timed = timings[1:] or timings
    result = dict(
        tokensPerSecond=sum(tokens for _, tokens in timed) / sum(seconds for seconds, _ in timed),
        bestTokensPerSecond=max(tokens / seconds for seconds, tokens in timed),
        secondsPerStep=[round(seconds, 3) for seconds, _ in timings],
        tokensPerStep=[tokens for _, tokens in timings],
        peakBytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        peakAnonymousBytes=None if peak is None else peak.bytes,
        trainableParameters=sum(p.numel() for p in model.parameters() if p.requires_grad),
        loss=loss,
        dtype=arguments.dtype,
        threads=arguments.threads,
        rows=None if arguments.rows is None else arguments.rows.name,
        torchVersion=torch.__version__,
        peftVersion=peft.__version__,
        transformersVersion=transformers.__version__,
        instructions=torch.backends.cpu.get_cpu_capability(),
        machine=platform.machine(),
    )
    print(json.dumps(result))


main()
