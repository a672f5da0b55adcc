"""Training of the judge of danger: a support-vector machine, its limits measured on sentences held out of it. What it learns
from holds misheard copies (classifier.danger_corpus.with_misheard): one in five characters of a telephone call may be another.

Only set-up and the benchmark import scikit-learn; what it makes is applied as arrays.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC

from classifier.danger import FLOOR, SCALE, DangerJudge, Limits, features
from classifier.danger_corpus import DangerCorpus, Origin, with_misheard
from classifier.grams import Ints, Keys
from classifier.hazards import CLASS_TAG, Hazards
from classifier.index import Vocabulary, tag_of

FOLDS: Final = 5
FEWEST_TEXTS: Final = 2
"""A feature that stands in fewer texts is not trained on."""
FALSE_ALARMS: Final = 0.02
"""Share of the taxonomy's ordinary sentences that may be called dangers."""
FALSE_NEAR: Final = 0.04
"""The same of the written near neighbours, which were sought for their likeness to dangers; few calls are such."""
FALSE_AGREED: Final = 0.25
"""The same among near neighbours where the list of phrases hears danger too."""
FALSE_SURE: Final = 0.005
"""Of both, for the conversation, which then sends the caller to a human."""
_COST: Final = 1.0
_DANGER_WEIGHT: Final = 2.0
_ORDINARY_WEIGHT: Final = 0.5
"""Of a taxonomy's ordinary sentence beside a written one: there are ten times as many."""

Margins = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sentences:
    """The features of each sentence, its own behind one another."""

    keys: Keys
    text: Ints
    """Of which sentence each feature is."""
    count: int

    def where(self, chosen: NDArray[np.bool_]) -> "Sentences":
        kept = chosen[self.text]
        return Sentences(self.keys[kept], (np.cumsum(chosen) - 1)[self.text[kept]], int(chosen.sum()))


@dataclass(frozen=True, slots=True)
class Trained:
    words: Vocabulary
    bias: float


def read(texts: tuple[str, ...], hazards: Hazards) -> Sentences:
    found = [features(text, hazards).keys for text in texts]
    return Sentences(np.concatenate(found), np.repeat(np.arange(len(texts)), [len(keys) for keys in found]), len(texts))


def fit(sentences: Sentences, is_danger: NDArray[np.bool_], origin: Ints) -> Trained:
    keys = _keys(sentences)
    matrix = _matrix(sentences, keys)
    weight = np.where(is_danger, _DANGER_WEIGHT, np.where(origin == Origin.TAXONOMY, _ORDINARY_WEIGHT, 1.0))
    machine = LinearSVC(C=_COST, random_state=0).fit(matrix, is_danger, sample_weight=weight)
    return Trained(Vocabulary(keys, (machine.coef_[0] * SCALE[tag_of(keys)]).astype(np.float32)), float(machine.intercept_[0]))


def margins(trained: Trained, sentences: Sentences) -> Margins:
    """Of whole sentences, as `DangerJudge.judge` gives them for short ones."""
    unscaled = trained.words.weight / SCALE[tag_of(trained.words.keys)]
    return np.asarray(_matrix(sentences, trained.words.keys) @ unscaled + trained.bias, dtype=np.float64)


def held_out(sentences: Sentences, corpus: DangerCorpus) -> Margins:
    """The margin of each sentence by a judge that was made without it, its copies and a fifth of the others; of no copy."""
    is_copy = corpus.sentence < np.arange(len(corpus.sentence))
    turn = np.random.default_rng(1).integers(0, FOLDS, sentences.count)[corpus.sentence]
    found = np.zeros(sentences.count)
    for fold in range(FOLDS):
        seen, asked = turn != fold, (turn == fold) & ~is_copy
        trained = fit(sentences.where(seen), corpus.is_danger[seen], corpus.origin[seen])
        found[asked] = margins(trained, sentences.where(asked))
    return found[~is_copy]


def limits_of(margin: Margins, corpus: DangerCorpus) -> Limits:
    """`margin`: of the sentences of the corpus, which has no copies, held out."""
    near, ordinary = (margin[~corpus.is_danger & (corpus.origin == origin)] for origin in Origin)

    def at(of_near: float, of_ordinary: float) -> float:
        return max(float(np.quantile(near, 1 - of_near)), float(np.quantile(ordinary, 1 - of_ordinary)))

    return Limits(
        alone=at(FALSE_NEAR, FALSE_ALARMS), agreed=float(np.quantile(near, 1 - FALSE_AGREED)), sure=at(FALSE_SURE, FALSE_SURE)
    )


def train_danger(corpus: DangerCorpus, hazards: Hazards, limits: Limits) -> DangerJudge:
    """`corpus`: without copies; `limits`: those that `measured_limits` found before."""
    heard = with_misheard(corpus)
    trained = fit(read(heard.texts, hazards), heard.is_danger, heard.origin)
    return DangerJudge(hazards, trained.words, trained.bias, limits)


def measured_limits(corpus: DangerCorpus, hazards: Hazards) -> Limits:
    """On sentences held out, a fifth at a time: five times the work of the training."""
    heard = with_misheard(corpus)
    return limits_of(held_out(read(heard.texts, hazards), heard), corpus)


def _keys(sentences: Sentences) -> Keys:
    found, place = np.unique(sentences.keys, return_inverse=True)
    pairs = np.unique(place.astype(np.int64) * sentences.count + sentences.text)
    spread = np.bincount(pairs // sentences.count, minlength=len(found))
    return found[spread >= FEWEST_TEXTS]


def _matrix(sentences: Sentences, keys: Keys) -> csr_matrix:
    """Sentence x feature; n-grams and hazards each of length one, or shorter where there are few."""
    row = Vocabulary(keys, SCALE[tag_of(keys)]).find(sentences.keys)
    known = row >= 0
    row, text = row[known], sentences.text[known]
    part = (tag_of(keys[row]) >= CLASS_TAG).astype(np.int64)
    scale = SCALE[tag_of(keys[row])].astype(np.float64)
    length = np.sqrt(np.bincount(text * 2 + part, weights=scale**2, minlength=2 * sentences.count))
    value = scale / np.maximum(length, FLOOR)[text * 2 + part]
    matrix = csr_matrix((value, (text, row)), shape=(sentences.count, len(keys)))
    matrix.sum_duplicates()
    return matrix
