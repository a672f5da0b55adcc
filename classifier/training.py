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
from classifier.clean import BREAK, plain_text
from classifier.corpus import Corpus, Labelled
from classifier.grams import Ints, Keys
from classifier.index import Floats, Sparse, Vocabulary
from classifier.lexical import build_lexical, grams_of
from classifier.linear import LONG, OPENING_WEIGHT, LinearLevels, is_opening, trained_keys
from classifier.model import Looked, MatterModel, lexical_model

FOLDS: Final = 5
FEWEST_TEXTS: Final = 2
"""An n-gram that stands in fewer texts is not trained on."""
MOST_GRAMS: Final = 60_000
"""The most widespread ones: the weights of domains and groups so grow with the leaves, not with their square."""
FEWEST_CALLS: Final = 100
NEIGHBOURS: Final = 24
"""Leaves, the most alike ones, that a leaf is told from."""
STRONGEST: Final = 800
"""Weights that are kept for each leaf."""
_COST: Final = 1.0
_TOLERANCE: Final = 1e-2
_UNSEEN: Final = 0.5
"""Added to every count."""

Progress = Callable[[str], None]


def train_levels(corpus: Corpus) -> LinearLevels:
    """Weights for each domain and group over all texts, and for each leaf against its nearest neighbours."""
    words, matrix = _matrix(corpus.texts)
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


def _matrix(texts: tuple[str, ...]) -> tuple[Vocabulary, csr_matrix]:
    """What is trained on, and the texts in it: text x n-gram, rows of length one."""
    found, text_of = grams_of(texts)
    length = np.array([len(text) for text in texts])
    begin = np.cumsum(length + 1) - length - 1
    keys, source = trained_keys(found, found.start - begin[text_of], length[text_of])
    text_of = text_of[source]
    words = _words(keys, text_of, len(texts))
    row = words.find(keys)
    known = row >= 0
    ones = np.ones(int(known.sum()), dtype=np.float32)
    matrix = csr_matrix((ones, (text_of[known], row[known])), shape=(len(texts), len(words.keys)))
    matrix.sum_duplicates()
    matrix.data = (1 + np.log(matrix.data)) * words.weight[matrix.indices]
    return words, _of_length_one(matrix, is_opening(words.keys))


def _words(keys: Keys, text_of: Ints, texts: int) -> Vocabulary:
    """The most widespread ones of the whole texts; all of the openings."""
    found, place = np.unique(keys, return_inverse=True)
    pairs = np.unique(place.astype(np.int64) * texts + text_of)
    spread = np.bincount(pairs // texts, minlength=len(found))
    opens = is_opening(found)
    whole = np.sort(spread[~opens])
    least = int(whole[-MOST_GRAMS]) if len(whole) > MOST_GRAMS else 0
    kept = (spread >= FEWEST_TEXTS) & (opens | (spread >= least))
    return Vocabulary(found[kept], (np.log(texts / spread[kept]) + 1).astype(np.float32))


def _of_length_one(matrix: csr_matrix, opens: NDArray[np.bool_]) -> csr_matrix:
    """Whole text and opening become unit vectors each, then both together one."""
    owner = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    part = 2 * owner + opens[matrix.indices]
    length = np.sqrt(np.bincount(part, weights=matrix.data.astype(np.float64) ** 2, minlength=2 * matrix.shape[0]))
    has_opening = length[1::2] > 0
    scale = np.tile([1.0, OPENING_WEIGHT], matrix.shape[0]) / (length + 1e-9)
    scale /= np.repeat(np.where(has_opening, np.sqrt(1 + OPENING_WEIGHT**2), 1.0), 2)
    return csr_matrix((matrix.data * scale[part], matrix.indices, matrix.indptr), matrix.shape)


def _train_upper(matrix: csr_matrix, corpus: Corpus) -> tuple[Floats, Floats, int]:
    """One against the rest for each domain, then for each group. Where the texts are long, by the ratios of their n-grams."""
    is_long = sum(map(len, corpus.texts)) >= LONG * len(corpus.texts)
    machine = _machine_of_ratios if is_long else _machine
    domain, domain_bias = machine(matrix, corpus.domain[corpus.leaf], int(corpus.domain.max()) + 1)
    if np.array_equal(corpus.domain, corpus.group):
        group, group_bias = domain, domain_bias
    else:
        group, group_bias = machine(matrix, corpus.group[corpus.leaf], int(corpus.group.max()) + 1)
    return np.concatenate([domain, group], axis=1), np.concatenate([domain_bias, group_bias]), domain.shape[1]


def _machine(matrix: csr_matrix, label: Ints, labels: int) -> tuple[Floats, Floats]:
    """N-gram x label, and the biases; a label without texts is never chosen."""
    weight = np.zeros((matrix.shape[1], labels), dtype=np.float32)
    bias = np.full(labels, -1.0, dtype=np.float32)
    for one in np.unique(label):
        weight[:, one], bias[one] = _against_rest(matrix, label == one)
    return weight, bias


def _machine_of_ratios(matrix: csr_matrix, label: Ints, labels: int) -> tuple[Floats, Floats]:
    """The same with each n-gram weighed by how much oftener it stands in the label's texts than in the others (Wang and
    Manning, Baselines and bigrams, 2012). It helps where most n-grams tell nothing: in long texts, not in short ones."""
    weight = np.zeros((matrix.shape[1], labels), dtype=np.float32)
    bias = np.full(labels, -1.0, dtype=np.float32)
    held = csr_matrix((np.ones(len(matrix.data)), matrix.indices, matrix.indptr), matrix.shape)
    for one in np.unique(label):
        mine, others = _share(held[label == one]), _share(held[label != one])
        ratio = np.log(mine / others)
        weighed = csr_matrix((matrix.data * ratio[matrix.indices], matrix.indices, matrix.indptr), matrix.shape)
        whole, bias[one] = _against_rest(weighed, label == one)
        weight[:, one] = whole * ratio
    return weight, bias


def _share(held: csr_matrix) -> Floats:
    """Of each n-gram among those of some texts; none is nothing."""
    count = np.asarray(held.sum(axis=0)).ravel() + _UNSEEN
    return np.asarray(count / count.sum())


def _against_rest(matrix: csr_matrix, is_mine: NDArray[np.bool_]) -> tuple[Floats, float]:
    if is_mine.all():
        return np.zeros(matrix.shape[1], dtype=np.float32), 0.0
    machine = LinearSVC(C=_COST, tol=_TOLERANCE).fit(matrix, is_mine)
    return machine.coef_[0].astype(np.float32), float(machine.intercept_[0])


def _train_leaves(matrix: csr_matrix, corpus: Corpus) -> tuple[Sparse, Floats]:
    leaves = len(corpus.codes)
    begin = np.searchsorted(corpus.leaf, np.arange(leaves + 1))
    is_flat = len(np.unique(corpus.group)) == leaves  # Then the groups' weights are the leaves' already.
    near = _neighbours(matrix, corpus.leaf, leaves)
    columns, weights, bias = [], [], np.full(leaves, -1.0, dtype=np.float32)
    for leaf in range(leaves):
        texts = np.concatenate([np.arange(begin[other], begin[other + 1]) for other in (leaf, *near[leaf])])
        is_mine = corpus.leaf[texts] == leaf
        column, weight = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)
        if is_mine.any() and not is_mine.all() and not is_flat:
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
        yield from (HeldOut(leaf, _light(model.look(text))) for leaf, text in calls_of(corpus.where(out)))


def _light(looked: Looked) -> Looked:
    """Without the cells, of which thousands of calls would fill the memory."""
    none = np.zeros(0, dtype=np.int64)
    return replace(looked, cells=(none, none.astype(np.int32), none.astype(np.float32)))


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


def train(corpus: Corpus, small_talk: Sequence[str], progress: Progress, calls: Sequence[Labelled] = ()) -> MatterModel:
    """A whole model. `small_talk`: cleaned sentences that are about no matter. `calls`: whole calls that no model is trained
    on, by which scores are made true; with fewer than FEWEST_CALLS of the corpus' leaves it is done by held-out sentences."""
    held_out = list(crossed(corpus, progress))
    progress("training on everything")
    model = make(corpus)
    silence = [Example(model.look(text).views, None) for text in small_talk]
    blend = fit(examples_of(held_out) + silence)
    known = [call for call in calls if call.code in corpus.codes]
    if len(known) >= FEWEST_CALLS:
        return calibrated(replace(model, blend=blend), known)
    return replace(model, blend=with_curve(blend, examples_of(held_out) + silence))


def calibrated(model: MatterModel, calls: Sequence[Labelled]) -> MatterModel:
    """The model with the curve of its blend fitted anew on `calls`, of which it has seen none; the weights stay."""
    return replace(model, blend=with_curve(model.blend, _looked_at(model, calls)))


def _looked_at(model: MatterModel, calls: Sequence[Labelled]) -> list[Example]:
    """A call whose leaf is no candidate is answered wrong, whatever the answer."""
    number = {code: at for at, code in enumerate(model.codes)}
    examples = []
    for call in calls:
        looked = model.look(plain_text(call.text))
        place = np.flatnonzero(looked.leaves == number.get(call.code, -1))
        examples.append(Example(looked.views, int(place[0]) if len(place) else None))
    return examples
