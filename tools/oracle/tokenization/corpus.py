"""A text of our own to train tiny tokenizers on: enough repetition for merges, several scripts, code, numbers, blanks."""

SENTENCES = """
The weaver sets the warp on the loom and passes the weft through it, thread after thread, until the cloth is done.
A base model is like the warp: it stays where it is while every adapter crosses it in its own pattern.
Don't pull too hard; it's better when they're all even, and we've seen that he'll mend what she'd torn.
Hello world, hello loom! Hello Weaver? The shuttle went left, the shuttle went right, the shuttle went home.
Numbers follow: 1, 12, 123, 1234, 12345, 3.14159, 1,000,000 and 2024-05-17 at 10:45.
def weave(threads, width=80):\n    for index, thread in enumerate(threads):\n        yield thread * width
if (x == 1) { return foo.bar(x, y); } else { throw new Error("no thread"); }
Die Weberin spannt die Kette auf den Webstuhl; größere Fäden brauchen mehr Übung, sagt man in Zürich.
Le tisserand passe la trame à travers la chaîne, et l'étoffe naît là où il n'y avait rien.
El tejedor pasa la trama por la urdimbre; mañana será otro año, señor.
Ткач натягивает основу на станок и пропускает уток через неё, нить за нитью.
織り手は経糸を張り、緯糸を通す。東京の朝、日本語の文。
직공은 날실을 걸고 씨실을 넣는다. 안녕하세요 세계.
织布的人把经线挂在织机上，再让纬线穿过去。
Ο υφαντής περνά το υφάδι μέσα από το στημόνι.
ينسج النساج الخيط بعد الخيط. שלום לכולם.
The emoji 👋 waves, the heart ❤️ beats, the family 👩‍👩‍👧 smiles, and ½ of ² is ①.
""".strip().split("\n")


def lines():
    """The sentences in several cases and joints; 2,000 lines or so."""
    out = []
    for round_ in range(24):
        for index, sentence in enumerate(SENTENCES):
            text = sentence.replace("\\n", "\n")
            out.append(text)
            if (index + round_) % 5 == 0:
                out.append(text.upper())
            if (index + round_) % 7 == 0:
                out.append("\n\n" + text + "  \t" + SENTENCES[(index + round_) % len(SENTENCES)])
            words = text.split(" ")
            turn = (round_ * 3 + index) % max(1, len(words))
            out.append(" ".join(words[turn:] + words[:turn]))
    return out
