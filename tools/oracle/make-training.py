"""Writes libs/training/fixtures: twenty optimizer steps of a plain PyTorch loop on PEFT models, from a saved start.

The loop is the recipe in its simplest form: rows one by one, cross entropy summed over labelled tokens and divided
by their number in the accumulated batch, clipping, AdamW, linear schedule to zero, no dropout.
"""

import json
import shutil
import warnings
from pathlib import Path

import torch
from common import MODELS, drop_model_card, generator, load
from peft import IA3Config, LoraConfig, PeftConfig, PeftModel, PrefixTuningConfig, TaskType, get_peft_model
from safetensors.torch import load_file
from torch.nn.functional import cross_entropy
from transformers import get_linear_schedule_with_warmup

warnings.simplefilter("ignore")

TRAINING = Path("libs/training/fixtures")
STEPS = 20
ACCUMULATION = 2
BATCH = 3
EPOCHS = 5
CLIP = 1.0
CAUSAL = dict(task_type=TaskType.CAUSAL_LM)
ATTENTION = ["q_proj", "k_proj", "v_proj", "o_proj"]

SHARED_RECIPE = dict(
    schedule="linear", maxGradientNorm=CLIP, weightDecay=0, gradientAccumulationSteps=ACCUMULATION, batchSize=BATCH
)
WARMUP = {"lora-gpt2": 2, "full-llama-tied": 3}
# Large and like the tied one: its losses are kept, its weights are not.
WITHOUT_FINAL = ("full-llama",)

# name: base, adapter config (None: full fine-tuning), learning rate
CASES = {
    "lora-llama": ("llama", LoraConfig(**CAUSAL, r=4, lora_alpha=16, target_modules=ATTENTION), 5e-3),
    "lora-gpt2": (
        "gpt2",
        LoraConfig(**CAUSAL, r=4, lora_alpha=16, target_modules=["c_attn", "attn.c_proj"], fan_in_fan_out=True),
        5e-3,
    ),
    "lora-qwen3": ("qwen3", LoraConfig(**CAUSAL, r=4, lora_alpha=16, target_modules=ATTENTION), 5e-3),
    "ia3-llama": ("llama", IA3Config(**CAUSAL), 5e-2),
    "prefix-llama": ("llama", PrefixTuningConfig(**CAUSAL, num_virtual_tokens=4), 1e-1),
    "full-llama": ("llama", None, 1e-3),
    "full-llama-tied": ("llama-tied", None, 1e-3),
}


def make_row(g, kind):
    """One row of 4 to 24 tokens below 96: a prompt without labels and an answer, or a text labelled throughout."""
    length = int(torch.randint(4, 25, (1,), generator=g))
    # A quarter of the ids makes most of the text, so that there is something to learn.
    ids = torch.randint(0, 96, (length,), generator=g) % (96 if kind % 4 == 0 else 24)
    prompt = 0 if kind % 5 == 4 else int(torch.randint(1, length, (1,), generator=g))
    labels = ids.clone()
    labels[:prompt] = -100
    return {"ids": ids.tolist(), "labels": labels.tolist()}


def make_batches():
    """steps × micro-batches × rows; every case trains on the same."""
    g = generator("training rows")
    distinct = [make_row(g, kind) for kind in range(STEPS * ACCUMULATION * BATCH // EPOCHS)]
    rows = [distinct[i] for _ in range(EPOCHS) for i in torch.randperm(len(distinct), generator=g).tolist()]
    micro = [rows[i : i + BATCH] for i in range(0, len(rows), BATCH)]
    return [micro[i : i + ACCUMULATION] for i in range(0, len(micro), ACCUMULATION)]


def write_batches(steps):
    lines = [json.dumps(step, separators=(",", ":")) for step in steps]
    (TRAINING / "batches.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")


def labelled(rows):
    return sum(sum(label != -100 for label in row["labels"][1:]) for row in rows)


def summed_loss(model, row):
    ids = torch.tensor(row["ids"])[None]
    labels = torch.tensor(row["labels"])
    scores = model(input_ids=ids, use_cache=False).logits[0]
    return cross_entropy(scores[:-1], labels[1:], ignore_index=-100, reduction="sum")


def train(model, steps, rate, warmup):
    """Trains in place; one record of each step: its loss, the norm before clipping, the rate it used."""
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=rate, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0)
    schedule = get_linear_schedule_with_warmup(optimizer, warmup, len(steps))
    records = []
    for step in steps:
        count = sum(labelled(rows) for rows in step)
        total = 0.0
        for rows in step:
            loss = sum(summed_loss(model, row) for row in rows) / count
            loss.backward()
            total += loss.item()
        norm = torch.nn.utils.clip_grad_norm_(parameters, CLIP).item()
        records.append(
            dict(loss=total, gradientNorm=norm, learningRate=schedule.get_last_lr()[0], labelledTokens=count)
        )
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    return records


def with_prefix(base, initial):
    """PEFT reads a prefix for inference only: a new one gets the saved numbers."""
    config = PeftConfig.from_pretrained(initial)
    config.inference_mode = False
    model = get_peft_model(base, config)
    saved = load_file(initial / "adapter_model.safetensors")["prompt_embeddings"]
    model.prompt_encoder["default"].embedding.weight.data = saved
    return model


def trainable(base_folder, initial, dtype):
    """The model at its saved start, without dropout (a GPT-2 config asks for some)."""
    base = load(base_folder, dtype)
    if initial is None:
        # transformers leaves the row of `pad_token_id` out of training; ours is a token like any other.
        base.get_input_embeddings().padding_idx = None
        return base
    if PeftConfig.from_pretrained(initial).is_prompt_learning:
        model = with_prefix(base, initial)
    else:
        model = PeftModel.from_pretrained(base, initial, is_trainable=True, autocast_adapter_dtype=False)
    for parameter in model.parameters():
        parameter.data = parameter.data.to(dtype)
    return model.eval()


def write_initial(folder, base_folder, config):
    if config is None:
        return None
    torch.manual_seed(0)
    model = get_peft_model(load(base_folder), config)
    model.peft_config["default"].base_model_name_or_path = str(base_folder)
    model.save_pretrained(folder / "initial")
    drop_model_card(folder / "initial")
    return folder / "initial"


def largest_gap(left, right, key):
    return max(abs(a[key] - b[key]) for a, b in zip(left, right, strict=True))


def make(name, steps):
    base_name, config, rate = CASES[name]
    warmup = WARMUP.get(name, 0)
    folder = TRAINING / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    initial = write_initial(folder, MODELS / base_name, config)

    model = trainable(MODELS / base_name, initial, torch.float32)
    records = train(model, steps, rate, warmup)
    if name not in WITHOUT_FINAL:
        model.save_pretrained(folder / "final")
        drop_model_card(folder / "final")

    exact_model = trainable(MODELS / base_name, initial, torch.float64)
    exact = train(exact_model, steps, rate, warmup)
    loss_gap, norm_gap = largest_gap(records, exact, "loss"), largest_gap(records, exact, "gradientNorm")
    pairs = zip(model.parameters(), exact_model.parameters(), strict=True)
    weight_gap = max((a.double() - b.double()).abs().max().item() for a, b in pairs)
    if loss_gap > 1e-4:
        raise SystemExit(f"{name}: rounding alone moves the loss by {loss_gap:.1e}: too close to the tolerance of 1e-3")
    recipe = dict(base=base_name, learningRate=rate, warmupSteps=warmup)
    write_golden(folder, recipe | SHARED_RECIPE, records)
    norms = [record["gradientNorm"] for record in records]
    print(
        f"{name}: loss {records[0]['loss']:.4f} to {records[-1]['loss']:.4f}, norms {min(norms):.2f} to {max(norms):.2f};"
        f" float64 differs by {loss_gap:.1e}, {norm_gap:.1e}, {weight_gap:.1e}"
    )


def write_golden(folder, recipe, records):
    lines = ",\n".join("    " + json.dumps(record) for record in records)
    text = f'{{\n  "recipe": {json.dumps(recipe)},\n  "steps": [\n{lines}\n  ]\n}}\n'
    (folder / "golden.json").write_text(text)


TRAINING.mkdir(parents=True, exist_ok=True)
batches = make_batches()
write_batches(batches)
for name in CASES:
    make(name, batches)
