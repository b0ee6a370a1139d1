"""The strings on which tokenizers are compared: `libs/tokenization/src/testing/varied-strings.ts` makes the same ones."""

import json
from pathlib import Path

MASK = 0xFFFFFFFF
VOCABULARY = Path(__file__).resolve().parents[3] / "libs/tokenization/fixtures/varied-strings.json"


class Random:
    """Mulberry32: integers only, so that every language draws the same."""

    def __init__(self, seed):
        self.state = seed & MASK

    def next(self):
        self.state = (self.state + 0x6D2B79F5) & MASK
        t = self.state
        t = ((t ^ (t >> 15)) * (t | 1)) & MASK
        t ^= (t + (((t ^ (t >> 7)) * (t | 61)) & MASK)) & MASK
        return (t ^ (t >> 14)) & MASK

    def below(self, bound):
        return (self.next() * bound) >> 32

    def pick(self, items):
        return items[self.below(len(items))]


def load():
    return json.loads(VOCABULARY.read_text("utf-8"))


def character(random, ranges):
    first, last = random.pick(ranges)
    return chr(first + random.below(last - first + 1))


def varied_string(index, parts):
    """String `index`: words, words with odd joints, random characters, a soup of few characters, or all of it."""
    random = Random(index + 1)
    kind = random.below(5)
    text = ""
    if kind == 0:
        return " ".join(random.pick(parts["words"]) for _ in range(random.below(16)))
    if kind == 1:
        for _ in range(random.below(14)):
            text += random.pick(parts["words"]) + random.pick(parts["joints"])
    elif kind == 2:
        for _ in range(random.below(24)):
            text += character(random, parts["ranges"])
    elif kind == 3:
        for _ in range(random.below(40)):
            text += random.pick(parts["soup"])
    else:
        for _ in range(random.below(12)):
            draw = random.below(4)
            if draw == 0:
                text += random.pick(parts["specials"])
            elif draw == 1:
                text += character(random, parts["ranges"])
            else:
                text += random.pick(parts["words"]) + random.pick(parts["joints"])
    return text


def varied_ids(index, size):
    """Random ids below `size`: sequences that no encoding gives, for decoders."""
    random = Random(index + 1)
    return [random.below(size) for _ in range(random.below(24))]
