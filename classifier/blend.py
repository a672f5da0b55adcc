"""How the views of a text become one calibrated probability for each leaf."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from classifier.lexical import Scores

VIEWS: Final = (
    "words",  # likeness of the whole text to the leaf's vocabulary: the matter is what most of the call is about
    "name",  # how much of a name or alias of the leaf a window of the text holds
    "domain",  # trained: logarithm of the domain's probability
    "group",  # trained: logarithm of the group's probability
    "leaf",  # trained: margin of the leaf against its nearest neighbours
)


@dataclass(frozen=True, slots=True)
class Blend:
    """Fitted on held-out sentences; stored with the model."""

    weights: Mapping[str, float]
    """View -> weight in the logit; a view that is not named counts nothing."""
    none: float
    """Logit of "none of them"."""
    curve: tuple[tuple[float, float], ...] = field(default=((0.0, 0.0), (1.0, 1.0)))
    """Probability of the first candidate -> how often it was right, rising."""

    def logits(self, views: Scores) -> Scores:
        """`views`: in the order of VIEWS x leaves."""
        return np.asarray([self.weights.get(view, 0.0) for view in VIEWS]) @ views

    def probabilities(self, logit: Scores) -> Scores:
        """Of each leaf; they add up to less than one, the rest is "none of them"."""
        if not len(logit):
            return logit
        top = max(float(logit.max()), self.none)
        odds = np.exp(logit - top)
        raw = odds / (odds.sum() + np.exp(self.none - top))
        return self._calibrated(raw)

    def _calibrated(self, raw: Scores) -> Scores:
        """The first by the curve; the others share what it leaves, and none passes it."""
        first = float(raw.max())
        known = float(np.interp(first, [x for x, _ in self.curve], [y for _, y in self.curve]))
        rest = (1 - known) / (1 - first) if first < 1 else 0.0
        return np.asarray(np.where(raw == first, known, np.minimum(raw * rest, known)))

    def to_json(self) -> dict[str, Any]:
        return {"weights": dict(self.weights), "none": self.none, "curve": [list(point) for point in self.curve]}

    @classmethod
    def from_json(cls, item: Mapping[str, Any]) -> "Blend":
        """Raises KeyError, TypeError or ValueError on what to_json did not make."""
        curve = tuple((float(x), float(y)) for x, y in item["curve"])
        return cls({str(view): float(weight) for view, weight in item["weights"].items()}, float(item["none"]), curve)


@dataclass(frozen=True, slots=True)
class Example:
    """A held-out text: its views (VIEWS x candidates), and which candidate is right; None where none of them is."""

    views: Scores
    right: int | None


USUAL: Final = Blend({"words": 15.0, "name": 2.0, "domain": 0.15, "group": 0.25, "leaf": 1.7}, -1.0)
"""What the fit begins with and, where there is little to fit on, stays near to."""


def fit(examples: Sequence[Example], without: Sequence[str] = (), *, ridge: float = 0.5, rounds: int = 25) -> Blend:
    """Weights of greatest likelihood by Newton's method, none negative but that of "none"; `without` leaves views out.

    `ridge` pulls them to USUAL, so that a dozen sentences cannot turn them over.
    """
    used = [at for at, view in enumerate(VIEWS) if view not in without and any(sample.views[at].any() for sample in examples)]
    usual = np.array([*(USUAL.weights.get(VIEWS[at], 0.0) for at in used), USUAL.none])
    weights = usual.copy()
    for _ in range(rounds):
        gradient, curvature = _slopes(examples, used, weights)
        gradient -= ridge * (weights - usual)
        free = (weights > 0) | (gradient > 0)
        free[-1] = True
        inner = curvature[np.ix_(free, free)] + ridge * np.eye(int(free.sum()))
        before = weights
        weights = weights.copy()
        weights[free] += np.clip(np.linalg.solve(inner, gradient[free]), -8, 8)
        weights[:-1] = np.maximum(weights[:-1], 0)
        if np.abs(weights - before).max() < 1e-3:
            break
    named = {VIEWS[at]: round(float(weight), 3) for at, weight in zip(used, weights[:-1], strict=True) if weight}
    return Blend(named, round(float(weights[-1]), 3))


def _slopes(examples: Sequence[Example], used: list[int], weights: Scores) -> tuple[Scores, Scores]:
    """Gradient and curvature of the likelihood; the last column stands for "none of them"."""
    gradient = np.zeros(len(weights))
    curvature = np.zeros((len(weights), len(weights)))
    for sample in examples:
        rows = np.zeros((sample.views.shape[1] + 1, len(weights)))
        rows[:-1, :-1] = sample.views[used].T
        rows[-1, -1] = 1.0
        logit = rows @ weights
        odds = np.exp(logit - logit.max())
        odds /= odds.sum()
        mean = odds @ rows
        gradient += rows[-1 if sample.right is None else sample.right] - mean
        curvature += (rows * odds[:, None]).T @ rows - np.outer(mean, mean)
    return gradient, curvature


FEW: Final = 400
"""Examples below which the curve is fitted as two numbers instead of point by point."""


def with_curve(blend: Blend, examples: Sequence[Example], bins: int = 12) -> Blend:
    """The blend with the curve that makes the first candidate's probability true on the examples: isotonic regression or, where
    there are few, logistic regression on the log-odds (Platt). Fewer than a hundred change nothing."""
    scores, right = [], []
    for sample in examples:
        raw = Blend(blend.weights, blend.none).probabilities(blend.logits(sample.views))
        if len(raw):
            scores.append(float(raw.max()))
            right.append(sample.right == int(raw.argmax()))
    if len(scores) < 100:
        return blend
    if len(scores) < FEW:
        return Blend(blend.weights, blend.none, _logistic(np.array(scores), np.array(right)))
    order = np.argsort(scores)
    points = [
        [float(np.mean(np.take(scores, part))), float(np.mean(np.take(right, part))), float(len(part))]
        for part in np.array_split(order, bins)
    ]
    rising = [(round(x, 4), round(y, 4)) for x, y, _ in _pooled(points)]
    ends = ((0.0, 0.0), *rising, (1.0, max(rising[-1][1], 0.0)))
    return Blend(blend.weights, blend.none, ends)


def _logistic(scores: Scores, right: Scores) -> tuple[tuple[float, float], ...]:
    """Slope and offset of the log-odds by Newton's method, as points of a curve; the slope is never negative."""
    rows = np.stack([_log_odds(scores), np.ones(len(scores))], axis=1)
    line = np.array([1.0, 0.0])
    for _ in range(25):
        told = 1 / (1 + np.exp(-rows @ line))
        curvature = (rows * (told * (1 - told))[:, None]).T @ rows + 0.1 * np.eye(2)
        line = line + np.linalg.solve(curvature, rows.T @ (right - told) - 0.1 * (line - [1.0, 0.0]))
        line[0] = max(line[0], 0.05)
    at = np.array([0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.995])
    true = 1 / (1 + np.exp(-(line[0] * _log_odds(at) + line[1])))
    points = [(float(x), round(float(y), 4)) for x, y in zip(at, true, strict=True)]
    return ((0.0, 0.0), *points, (1.0, points[-1][1]))


def _log_odds(scores: Scores) -> Scores:
    held = np.clip(scores, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(held / (1 - held)))


def _pooled(points: list[list[float]]) -> list[list[float]]:
    """Neighbours that fall are joined until the second column rises."""
    pooled: list[list[float]] = []
    for point in points:
        pooled.append(list(point))
        while len(pooled) > 1 and pooled[-2][1] > pooled[-1][1]:
            x, y, count = pooled.pop()
            x0, y0, count0 = pooled[-1]
            total = count + count0
            pooled[-1] = [(x * count + x0 * count0) / total, (y * count + y0 * count0) / total, total]
    return pooled
