"""Training: the linear levels by support-vector machines, the blend by sentences held out of them.

Only the training commands import scikit-learn; what they make is applied as arrays.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC

from classifier.blend import Example, fit, with_curve
from classifier.clean import BREAK
from classifier.corpus import Corpus
from classifier.grams import Grams, Ints
from classifier.index import Floats, Sparse, Vocabulary, tag_of
from classifier.lexical import build_lexical, grams_of
from classifier.linear import LINEAR_SPACES, LinearLevels
from classifier.model import Looked, MatterModel, lexical_model

FOLDS: Final = 5
FEWEST_TEXTS: Final = 2
"""An n-gram that stands in fewer texts is not trained on."""
MOST_GRAMS: Final = 60_000
"""The most widespread ones: the weights of domains and groups so grow with the leaves, not with their square."""
NEIGHBOURS: Final = 24
"""Leaves, the most alike ones, that a leaf is told from."""
STRONGEST: Final = 800
"""Weights that are kept for each leaf."""
_COST: Final = 1.0
_TOLERANCE: Final = 1e-2

Progress = Callable[[str], None]


def train_levels(corpus: Corpus) -> LinearLevels:
    """Weights for each domain and group over all texts, and for each leaf against its nearest neighbours."""
    found, text_of = grams_of(corpus.texts)
    words = _words(found, text_of, len(corpus.texts))
    matrix = _matrix(words, found, text_of, len(corpus.texts))
    upper, bias, domains = _train_upper(matrix, corpus)
    leaves, leaf_bias = _train_leaves(matrix, corpus)
    return LinearLevels(
        words,
        domains,
        upper.astype(np.float16),
        bias,
        leaves.pointer,
        leaves.column,
        leaves.weight.astype(np.float16),
        leaf_bias,
    )


def _words(found: Grams, text_of: Ints, texts: int) -> Vocabulary:
    wanted = np.isin(tag_of(found.keys), LINEAR_SPACES)
    keys, place = np.unique(found.keys[wanted], return_inverse=True)
    pairs = np.unique(place.astype(np.int64) * texts + text_of[wanted])
    spread = np.bincount(pairs // texts, minlength=len(keys))
    least = np.partition(spread, -MOST_GRAMS)[-MOST_GRAMS] if len(spread) > MOST_GRAMS else 0
    kept = spread >= max(FEWEST_TEXTS, int(least))
    return Vocabulary(keys[kept], (np.log(texts / spread[kept]) + 1).astype(np.float32))


def _matrix(words: Vocabulary, found: Grams, text_of: Ints, texts: int) -> csr_matrix:
    """Text x n-gram, rows of length one."""
    row = words.find(found.keys)
    known = row >= 0
    matrix = csr_matrix(
        (np.ones(int(known.sum()), dtype=np.float32), (text_of[known], row[known])), shape=(texts, len(words.keys))
    )
    matrix.sum_duplicates()
    matrix.data = (1 + np.log(matrix.data)) * words.weight[matrix.indices]
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel()) + 1e-9
    matrix.data = (matrix.data / np.repeat(length, np.diff(matrix.indptr))).astype(np.float64)
    return matrix


def _train_upper(matrix: csr_matrix, corpus: Corpus) -> tuple[Floats, Floats, int]:
    domain, domain_bias = _machine(matrix, corpus.domain[corpus.leaf], int(corpus.domain.max()) + 1)
    group, group_bias = _machine(matrix, corpus.group[corpus.leaf], int(corpus.group.max()) + 1)
    return np.concatenate([domain, group], axis=1), np.concatenate([domain_bias, group_bias]), domain.shape[1]


def _machine(matrix: csr_matrix, label: Ints, labels: int) -> tuple[Floats, Floats]:
    """One against the rest: n-gram x label, and the biases."""
    weight = np.zeros((matrix.shape[1], labels), dtype=np.float32)
    bias = np.full(labels, -1.0, dtype=np.float32)
    present = np.unique(label)
    if len(present) < 2:
        return weight, bias
    machine = LinearSVC(C=_COST, tol=_TOLERANCE).fit(matrix, label)
    if len(present) == 2:
        weight[:, present] = np.stack([-machine.coef_[0], machine.coef_[0]], axis=1)
        bias[present] = [-machine.intercept_[0], machine.intercept_[0]]
    else:
        weight[:, present] = machine.coef_.T
        bias[present] = machine.intercept_
    return weight, bias


def _train_leaves(matrix: csr_matrix, corpus: Corpus) -> tuple[Sparse, Floats]:
    leaves = len(corpus.codes)
    begin = np.searchsorted(corpus.leaf, np.arange(leaves + 1))
    near = _neighbours(matrix, corpus.leaf, leaves)
    columns, weights, bias = [], [], np.full(leaves, -1.0, dtype=np.float32)
    for leaf in range(leaves):
        texts = np.concatenate([np.arange(begin[other], begin[other + 1]) for other in (leaf, *near[leaf])])
        is_mine = corpus.leaf[texts] == leaf
        column, weight = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)
        if is_mine.any() and not is_mine.all():
            machine = LinearSVC(C=_COST, tol=_TOLERANCE, class_weight="balanced").fit(matrix[texts], is_mine)
            whole = machine.coef_[0]
            column = np.sort(np.argsort(-np.abs(whole))[:STRONGEST])
            column = column[whole[column] != 0].astype(np.int32)
            weight, bias[leaf] = whole[column].astype(np.float32), machine.intercept_[0]
        columns.append(column)
        weights.append(weight)
    pointer = np.concatenate(([0], np.cumsum([len(column) for column in columns]))).astype(np.int64)
    return Sparse(pointer, np.concatenate(columns), np.concatenate(weights)), bias


def _neighbours(matrix: csr_matrix, leaf: Ints, leaves: int) -> NDArray[np.int64]:
    """For each leaf the most alike others, by the mean of their texts."""
    chooser = csr_matrix((np.ones(len(leaf)), (leaf, np.arange(len(leaf)))), shape=(leaves, len(leaf)))
    centre = chooser @ matrix
    length = np.sqrt(np.asarray(centre.multiply(centre).sum(axis=1)).ravel()) + 1e-9
    centre = csr_matrix((centre.data / np.repeat(length, np.diff(centre.indptr)), centre.indices, centre.indptr), centre.shape)
    nearest = []
    for first in range(0, leaves, 256):
        alike = (centre[first : first + 256] @ centre.T).toarray()
        alike[np.arange(len(alike)), first + np.arange(len(alike))] = -1
        nearest.append(np.argsort(-alike, axis=1)[:, : min(NEIGHBOURS, leaves - 1)])
    return np.concatenate(nearest)


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A call of one to three sentences, looked at by a model that had seen none of them."""

    leaf: int
    looked: Looked


def crossed(corpus: Corpus, progress: Progress, folds: int = FOLDS) -> Iterator[HeldOut]:
    """Every spoken sentence, looked at by models that were made without it and a fifth of the others.

    A call is rarely one sentence: up to three held-out ones of a leaf are joined to one.
    """
    turn = np.cumsum(corpus.is_spoken) % folds
    for fold in range(folds):
        progress(f"cross-validation {fold + 1} of {folds}")
        out = corpus.is_spoken & (turn == fold)
        model = make(corpus.where(~out))
        yield from (HeldOut(leaf, model.look(text)) for leaf, text in calls_of(corpus.where(out)))


def calls_of(sentences: Corpus) -> list[tuple[int, str]]:
    """Leaf and text of calls of one, two, three, one ... sentences, as far as a leaf's sentences go."""
    calls: list[tuple[int, list[str]]] = []
    for leaf, text in zip(sentences.leaf.tolist(), sentences.texts, strict=True):
        wanted = (len(calls) - 1) % 3 + 1
        if calls and calls[-1][0] == leaf and len(calls[-1][1]) < wanted:
            calls[-1][1].append(text)
        else:
            calls.append((leaf, [text]))
    return [(leaf, BREAK.join(texts)) for leaf, texts in calls]


def make(corpus: Corpus) -> MatterModel:
    """Lexical index and trained levels; the blend is still to be fitted."""
    return replace(lexical_model(corpus), lexical=build_lexical(corpus), linear=train_levels(corpus))


def examples_of(held_out: Sequence[HeldOut]) -> list[Example]:
    """What the blend is fitted on: calls whose leaf is among the candidates."""
    places = [np.flatnonzero(item.looked.leaves == item.leaf) for item in held_out]
    return [Example(item.looked.views, int(place[0])) for item, place in zip(held_out, places, strict=True) if len(place)]


def train(corpus: Corpus, small_talk: Sequence[str], progress: Progress) -> MatterModel:
    """A whole model. `small_talk`: cleaned sentences that are about no matter."""
    held_out = list(crossed(corpus, progress))
    progress("training on everything")
    model = make(corpus)
    examples = examples_of(held_out) + [Example(model.look(text).views, None) for text in small_talk]
    return replace(model, blend=with_curve(fit(examples), examples))
