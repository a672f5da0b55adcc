"""What each view of the matters' model adds, on held-out sentences of the taxonomy. Takes minutes.

python -m classifier.ablation
"""

import sys
from collections.abc import Sequence

import numpy as np

from classifier.blend import VIEWS, Blend, fit
from classifier.build import CITY
from classifier.corpus import Corpus, corpus_of
from classifier.taxonomy import load_taxonomy
from classifier.training import HeldOut, crossed, examples_of

TRAINED = ("domain", "group", "leaf")


def row(name: str, blend: Blend, corpus: Corpus, held_out: Sequence[HeldOut]) -> str:
    hits = np.zeros(3)
    for item in held_out:
        best = item.looked.leaves[np.argsort(-blend.logits(item.looked.views))[:5]]
        hits += [corpus.domain[best[0]] == corpus.domain[item.leaf], best[0] == item.leaf, item.leaf in best]
    level, first, five = 100 * hits / max(len(held_out), 1)
    return f"{name:<28}{level:8.1f} %{first:8.1f} %{five:8.1f} %"


def main() -> int:
    corpus = corpus_of(load_taxonomy(CITY))
    held_out = list(crossed(corpus, lambda step: print(step, file=sys.stderr, flush=True)))
    examples = examples_of(held_out)
    print(f"{len(held_out)} held-out calls of one to three sentences, {len(corpus.codes)} leaves")
    print(f"{'':<28}{'level 1':>10}{'leaf':>10}{'five':>10}")
    print(row("all views", fit(examples), corpus, held_out))
    for view in VIEWS:
        print(row(f"without {view}", fit(examples, [view]), corpus, held_out))
    print(row("without training", fit(examples, TRAINED), corpus, held_out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
