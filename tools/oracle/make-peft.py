"""Writes libs/peft/fixtures: adapters as PEFT saves them on the tiny models, with PEFT's logits and merged weights."""

import shutil
import warnings

import torch
from common import (
    MODELS,
    PEFT,
    drop_model_card,
    generator,
    largest_difference,
    load,
    logits,
    require_close,
    save_golden,
    sequences,
)
from peft import IA3Config, LoraConfig, PeftModel, PrefixTuningConfig, TaskType, get_peft_model

warnings.simplefilter("ignore")

CAUSAL = dict(task_type=TaskType.CAUSAL_LM)
LENGTHS = (1, 5, 17)
# The model card of PEFT is kept once, as a sample.
WITH_CARD = "lora-qv"


def lora(**options):
    return LoraConfig(**(CAUSAL | dict(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"]) | options))


def prefix(**options):
    return PrefixTuningConfig(**CAUSAL, num_virtual_tokens=3, **options)


CASES = {
    # The targets, and how they are named.
    "lora-qv": ("llama", lora()),
    "lora-default-targets": ("llama", lora(target_modules=None)),
    "lora-all-linear": ("llama", lora(target_modules="all-linear", r=2)),
    "lora-regex": ("llama", lora(target_modules=r".*\.layers\.1\.(self_attn\.[qk]|mlp\.down)_proj")),
    "lora-exclude": ("llama", lora(exclude_modules=["layers.0.self_attn.q_proj"])),
    "lora-layers": ("llama", lora(layers_to_transform=[1], layers_pattern="layers")),
    "lora-rslora-patterns": (
        "llama",
        lora(
            target_modules=["q_proj", "k_proj", "v_proj", "o_proj"],
            use_rslora=True,
            rank_pattern={"layers.0.self_attn.q_proj": 2, "v_proj": 6},
            alpha_pattern={"layers.1.self_attn.k_proj": 3, "q_proj": 16},
        ),
    ),
    # Biases.
    "lora-bias-lora-only": ("qwen2", lora(target_modules=["q_proj", "o_proj"], bias="lora_only")),
    "lora-bias-all": ("qwen2", lora(bias="all")),
    "lora-lora-bias": ("qwen2", lora(lora_bias=True)),
    "lora-lora-bias-on-no-bias": ("llama", lora(lora_bias=True)),
    # Embeddings, heads, tied weights.
    "lora-modules-to-save": ("llama3-rope", lora(modules_to_save=["lm_head"])),
    "lora-embeddings": ("llama3-rope", lora(target_modules=["q_proj", "embed_tokens"])),
    "lora-head": ("llama3-rope", lora(target_modules=["q_proj", "lm_head"])),
    "lora-tied-embeddings": ("llama-tied", lora(target_modules=["q_proj", "embed_tokens"])),
    "lora-tied-head": ("llama-tied", lora(target_modules=["q_proj", "lm_head"])),
    "lora-tied-modules-to-save": ("llama-tied", lora(modules_to_save=["lm_head"])),
    # The other architectures.
    "lora-mistral": ("mistral", lora(target_modules="all-linear", r=2)),
    "lora-qwen2": ("qwen2", lora()),
    "lora-qwen3": ("qwen3", lora(target_modules=["q_proj", "k_proj", "v_proj", "o_proj"])),
    "lora-gpt2": ("gpt2", lora(target_modules=["c_attn", "attn.c_proj"], fan_in_fan_out=True)),
    "lora-gpt2-all-linear": ("gpt2", lora(target_modules="all-linear", r=2, fan_in_fan_out=True)),
    "lora-gpt2-bias-all": ("gpt2", lora(target_modules=["c_attn"], fan_in_fan_out=True, bias="all")),
    # Initialisations that change the base, raw and converted to plain LoRA.
    "lora-pissa-raw": ("llama", lora(init_lora_weights="pissa")),
    "lora-olora-raw": ("llama", lora(init_lora_weights="olora")),
    "lora-pissa-converted": ("llama", lora(init_lora_weights="pissa")),
    "lora-olora-converted": ("llama", lora(init_lora_weights="olora", use_rslora=True)),
    # Not LoRA.
    "ia3-llama": ("llama", IA3Config(**CAUSAL)),
    "ia3-qwen2": ("qwen2", IA3Config(**CAUSAL)),
    "ia3-gpt2": ("gpt2", IA3Config(**CAUSAL, fan_in_fan_out=True)),
    "ia3-attention-only": (
        "qwen2",
        IA3Config(**CAUSAL, target_modules=["k_proj", "v_proj", "q_proj"], feedforward_modules=[]),
    ),
    "prefix-llama": ("llama", prefix()),
    "prefix-projection-llama": ("llama", prefix(prefix_projection=True, encoder_hidden_size=20)),
    "prefix-gpt2": ("gpt2", prefix()),
    "prefix-mistral": ("mistral", prefix()),
    "prefix-qwen3": ("qwen3", prefix()),
    # Kinds that are recognised and refused.
    "refused-dora": ("llama3-rope", lora(use_dora=True)),
    "refused-trainable-tokens": ("llama3-rope", lora(trainable_token_indices=[3, 5])),
    "refused-pissa-niter": ("llama3-rope", lora(init_lora_weights="pissa_niter_4")),
}
# PEFT itself merges neither a prefix nor a LoRA bias into a linear without one.
NOT_MERGED = ("prefix", "lora-lora-bias-on-no-bias")
MERGED_SAMPLES = 2
DISTURBANCE = {"ia3": 0.3, "prompt": 1.0}


@torch.no_grad()
def disturb(model, name):
    """Moves every trainable parameter away from its initial value, enough to change the logits clearly."""
    g = generator("adapter " + name)
    for key, parameter in sorted(model.named_parameters()):
        if parameter.requires_grad:
            scale = next((scale for part, scale in DISTURBANCE.items() if part in key), 0.1)
            parameter.add_(scale * torch.randn(parameter.shape, generator=g))


def untied(base_folder):
    """The base with a head of its own: merging one side of tied weights must not change the other."""
    model = load(base_folder)
    if model.config.tie_word_embeddings:
        model.config.tie_word_embeddings = False
        model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach().clone())
    return model


def merged_samples(name, folder, base_folder, ids, expected):
    """`merged.<name>` of the first changed tensors, after checking that the whole merged model agrees."""
    before = {key: value.clone() for key, value in untied(base_folder).state_dict().items()}
    merged = PeftModel.from_pretrained(untied(base_folder), folder).merge_and_unload()
    require_close(name + " merged", logits(merged, ids), expected, 1e-4)
    after = merged.state_dict()
    changed = [key for key in sorted(after) if key not in before or not torch.equal(before[key], after[key])]
    return {f"merged.{key}": after[key] for key in changed[:MERGED_SAMPLES]}


def save(model, folder, base_folder, initial):
    converted = {} if initial is None else {"path_initial_model_for_weight_conversion": str(initial)}
    model.peft_config["default"].base_model_name_or_path = str(base_folder)
    model.save_pretrained(folder, **converted)


def make(name, base_name, config):
    folder = PEFT / name
    shutil.rmtree(folder, ignore_errors=True)
    base_folder = MODELS / base_name
    torch.manual_seed(0)
    model = get_peft_model(load(base_folder), config).eval()
    initial = None
    if name.endswith("-converted"):
        initial = folder / "initial"
        model.peft_config["default"].init_lora_weights = True
        model.save_pretrained(initial)
        model.peft_config["default"].init_lora_weights = config.init_lora_weights
    disturb(model, name)
    ids = sequences(name, model.config.vocab_size, LENGTHS)
    expected = logits(model, ids)
    save(model, folder, base_folder, initial)
    if initial is not None:
        shutil.rmtree(initial)
    if name != WITH_CARD:
        drop_model_card(folder)
    if name == "refused-pissa-niter":
        print(f"{name}: no golden, its base cannot be rebuilt")
        return
    check_and_save_golden(name, folder, base_folder, ids, expected)


def check_and_save_golden(name, folder, base_folder, ids, expected):
    base = load(base_folder)
    effect = largest_difference(logits(base, ids), expected)
    again = PeftModel.from_pretrained(load(base_folder), folder).eval()
    require_close(name + " read back", logits(again, ids), expected, 2e-5)
    is_mergeable = not name.startswith(NOT_MERGED)
    samples = merged_samples(name, folder, base_folder, ids, expected) if is_mergeable else {}
    save_golden(folder / "golden.safetensors", ids, expected, samples)
    size = sum(file.stat().st_size for file in folder.iterdir())
    print(f"{name}: {size} bytes, moves logits by {effect:.2f}, merged samples {list(samples)}")


for name, (base_name, config) in CASES.items():
    make(name, base_name, config)
