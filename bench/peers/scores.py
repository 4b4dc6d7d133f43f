"""For comparing only: the scores of the evaluate node (src/metrics/overlap.ts, object-matching.ts)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

MATCH_IOU = 0.5


@dataclass
class Scores:
    dice: float
    iou: float
    precision: float
    recall: float
    # of objects: TP / (TP + FP + FN), matched from an IoU of 0.5 on
    objectAp: float


def score(predicted: np.ndarray, truth: np.ndarray, objects: np.ndarray) -> Scores:
    """All are 1 where both are empty; a quotient 0/0 is 0 otherwise. Predicted objects are what touches over faces."""
    both = int((predicted & truth).sum())
    extra, missed = int(predicted.sum()) - both, int(truth.sum()) - both
    if both + extra + missed == 0:
        return Scores(1, 1, 1, 1, 1)
    return Scores(
        dice=share(2 * both, 2 * both + extra + missed),
        iou=share(both, both + extra + missed),
        precision=share(both, both + extra),
        recall=share(both, both + missed),
        objectAp=average_precision(ndimage.label(predicted)[0], objects),
    )


def average_precision(predicted: np.ndarray, truth: np.ndarray) -> float:
    """TP / (TP + FP + FN); each predicted object has one true object at most, and the other way round."""
    predicted_sizes, true_sizes = sizes_of(predicted), sizes_of(truth)
    common = (predicted > 0) & (truth > 0)
    pairs, counts = np.unique(np.stack([predicted[common], truth[common]]).astype(np.int64), axis=1, return_counts=True)
    taken: set[int] = set()
    found: set[int] = set()
    for (p, t), count in zip(pairs.T.tolist(), counts.tolist()):
        iou = count / (predicted_sizes[p] + true_sizes[t] - count)
        if iou >= MATCH_IOU and p not in found and t not in taken:
            found.add(p)
            taken.add(t)
    return share(len(found), len(predicted_sizes) + len(true_sizes) - len(found))


def sizes_of(objects: np.ndarray) -> dict[int, int]:
    numbers, counts = np.unique(objects[objects > 0], return_counts=True)
    return dict(zip(numbers.tolist(), counts.tolist()))


def share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
