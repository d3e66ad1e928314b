"""Golden tokens and corpus scores of sacreBLEU: `pip install sacrebleu && python bleu.py` writes bleu.json beside this
file."""

import json
import pathlib
import random

import sacrebleu
from sacrebleu.metrics import BLEU
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

LINES = [
    "",
    "   ",
    "A man, a plan - a canal: Panama!",
    "It costs 1,000.50 dollars (about 5-10 %), doesn't it?",
    "state-of-the-art 1990-2000 3- -3 .5 5. ,x x,",
    "Tom &amp; Jerry &quot;quoted&quot; &lt;tag&gt; &amp;lt; &nbsp;",
    "<skipped> [brackets] {braces} a/b a\\b ^caret_ `tick` ~tilde | pipe @at #hash $5 *star* +1 =",
    "„Grüße“, sagte er – «ja»… ‚nein‘ it’s 100 €",
    "中文,句子。 日本語、テスト 한국어",
    "emoji 😀, 👍🏽. 1😀2 😀.5",
    "tab\tand\u00a0no-break\u2003em\u3000wide\u200bzero\ufeffbom\u0085next\x1csep",
    "İstanbul STRASSE ẞ ΣΊΣΥΦΟΣ ǅ",
    "U.S.A. e.g. Mr. 3.14.15 1,2,3 ... ,, .,",
    "line one-\ntwo\nthree",
    "trailing space \u00a0\u2003",
    "ends in a hyphen-\n",
    "ends in a byte order mark\ufeff",
]


def noisy(line, rng, rate):
    words = line.split(" ")
    kept = [w for w in words if rng.random() > rate]
    for i in range(len(kept) - 1):
        if rng.random() < rate:
            kept[i], kept[i + 1] = kept[i + 1], kept[i]
    return " ".join(kept)


REFERENCES = [
    "A group of people stand in front of an igloo.",
    "Ein Mann mit einem orangefarbenen Hut, der etwas anstarrt.",
    "Fünf Leute in Winterjacken und mit Helmen stehen im Schnee, mit Schneemobilen im Hintergrund.",
    "„Zwei“ Frauen – 10,5 km entfernt – essen 1.000 Äpfel!",
    "Two men are at the stove, preparing food; it's 5 o'clock.",
    "",
    "Kinder spielen.",
    "İ und ΣΊΣΥΦΟΣ gehen STRASSE für STRASSE weiter, weiter und weiter.",
]


def corpora():
    rng = random.Random(3)
    upper = [line.upper() for line in REFERENCES]
    yield "the references themselves", REFERENCES, [REFERENCES]
    yield "words lost and exchanged", [noisy(line, rng, 0.15) for line in REFERENCES], [REFERENCES]
    yield "other case", upper, [REFERENCES]
    yield "much too short", [" ".join(line.split(" ")[:3]) for line in REFERENCES], [REFERENCES]
    yield "too long", [line + " and so on and so on" for line in REFERENCES], [REFERENCES]
    yield "every line empty", ["" for _ in REFERENCES], [REFERENCES]
    yield "empty references", REFERENCES, [["" for _ in REFERENCES]]
    yield "nothing in common", ["x y z w v"] * 2, [["a b c d e"] * 2]
    yield "no match of four words", ["the cat sat down on a mat ."], [["a cat sat down near the mat ."]]
    yield "no match of three or four words", ["the cat is on it now ."], [["it is a cat on the mat today"]]
    yield "fewer than four words", ["Hello world"], [["Hello world"]]
    yield "one word", ["Hello"], [["Hello there"]]
    hypotheses = [noisy(line, rng, 0.2) for line in REFERENCES]
    yield "two references", hypotheses, [REFERENCES, [noisy(line, rng, 0.3) for line in REFERENCES]]
    yield "references of like distance", ["a b c d e f"], [["a b c d e f g h"], ["a b c d"]]
    yield "all lines of the tokenizer", LINES, [[noisy(line, rng, 0.2) for line in LINES]]


def score(hypotheses, references, lowercase):
    metric = BLEU(lowercase=lowercase)
    result = metric.corpus_score(hypotheses, references)
    return {
        "lowerCase": lowercase,
        "score": result.score,
        "precisions": result.precisions,
        "correct": result.counts,
        "total": result.totals,
        "brevityPenalty": result.bp,
        "hypothesisLength": result.sys_len,
        "referenceLength": result.ref_len,
        "signature": str(metric.get_signature()).rsplit("|version:", 1)[0],
    }


tokenizer = Tokenizer13a()
golden = {
    "sacrebleu": sacrebleu.__version__,
    "tokens": [{"line": line, "tokens": tokenizer(line.rstrip()).split()} for line in LINES + REFERENCES],
    "corpora": [
        {
            "name": name,
            "hypotheses": hypotheses,
            "references": references,
            "scores": [score(hypotheses, references, lowercase) for lowercase in (False, True)],
        }
        for name, hypotheses, references in corpora()
    ],
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, ensure_ascii=True, indent=1) + "\n")
