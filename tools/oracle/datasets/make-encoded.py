"""Writes the ids and labels that the recipe of tutorials gives with transformers' tokenizers, for libs/datasets to match.

Needs transformers (tools/oracle/requirements.txt). Run from anywhere: python tools/oracle/datasets/make-encoded.py
"""

import json
import os
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from transformers import AutoTokenizer

ROOT = Path(__file__).resolve().parents[3]
TOKENIZERS = ROOT / "libs/tokenization/fixtures"
OUT = ROOT / "libs/datasets/fixtures"
MAX_LENGTH = 48

ROWS = [
    {"instruction": "List the pods.", "input": "", "output": "kubectl get pods"},
    {"instruction": "Translate to German.", "input": "Good morning!", "output": "Guten Morgen!"},
    {"instruction": "  Spaces around  ", "input": "  \n", "output": "  kept  "},
    {"instruction": "Ünïcode 🦀", "input": "日本語", "output": "はい\n\nja"},
    {"instruction": "Say nothing.", "input": "", "output": ""},
    {"instruction": "Write a lot.", "input": "", "output": "word and word " * 30},
    {"instruction": "A long question. " * 20, "input": "", "output": "short"},
    {"instruction": "Markup", "input": "<b>&amp;</b>", "output": "\n1.\tone\n2.\ttwo"},
]

CHATS = [
    [("user", "Hi"), ("assistant", "Hello there.")],
    [("system", "Be brief."), ("user", "One?"), ("assistant", "1"), ("user", "Two?"), ("assistant", "2\n3")],
    [("user", "Ünïcode 🦀"), ("assistant", "  spaces  "), ("user", "More?")],
]


def human_assistant(tokenizer, row):
    prompt = tokenizer("\n".join(["Human: " + row["instruction"], row["input"]]).strip() + "\n\nAssistant: ")
    answer = tokenizer(row["output"] + tokenizer.eos_token, add_special_tokens=False)
    ids = prompt["input_ids"] + answer["input_ids"]
    labels = [-100] * len(prompt["input_ids"]) + answer["input_ids"]
    return {"ids": ids[:MAX_LENGTH], "labels": labels[:MAX_LENGTH]}


def chat(tokenizer, turns):
    """Labels by the lengths of rendered prefixes, as trainers without a generation mask find them."""
    messages = [{"role": role, "content": content} for role, content in turns]

    def render(part, **options):
        return tokenizer.apply_chat_template(part, tokenize=True, return_dict=False, **options)

    ids = render(messages)
    labels = [-100] * len(ids)
    for index, message in enumerate(messages):
        if message["role"] != "assistant":
            continue
        start = len(render(messages[:index], add_generation_prompt=True))
        end = len(render(messages[: index + 1]))
        labels[start:end] = ids[start:end]
    return {"ids": ids, "labels": labels}


def main():
    result = {"maxLength": MAX_LENGTH, "rows": ROWS, "chats": CHATS, "humanAssistant": {}, "chat": {}}
    for name in ["smollm", "llama2", "qwen2", "llama3"]:
        tokenizer = AutoTokenizer.from_pretrained(TOKENIZERS / name)
        if tokenizer.eos_token is not None:
            result["humanAssistant"][name] = [human_assistant(tokenizer, row) for row in ROWS]
        if tokenizer.chat_template is not None:
            result["chat"][name] = [chat(tokenizer, turns) for turns in CHATS]
    text = json.dumps(result, ensure_ascii=False)
    (OUT / "encoded.json").write_text(text.replace('{"ids"', '\n{"ids"') + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
