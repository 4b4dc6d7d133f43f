"""Scores of segmentations by SciPy, scikit-image and NumPy, independent of what this project computes.

    python3 generators/scores.py references/golden/scores

Writes cases.json: masks as zlib-compressed uint8 (probabilities as float32) in base64, and what is expected of them.
Definitions: docs/report.md. An infinite distance is null.
"""

import base64
import json
import sys
import zlib
from pathlib import Path

import numpy as np
from scipy import ndimage
from scipy.optimize import linear_sum_assignment
from skimage.measure import label

THRESHOLDS = [k / 100 for k in range(5, 96)]
WITH_PROBABILITY = ("empty-truth", "noisy", "excluded", "stack-noisy", "stack-excluded")


def pack(array, dtype):
    return base64.b64encode(zlib.compress(np.ascontiguousarray(array, dtype).tobytes(), 9)).decode()


def surface(mask, counts):
    """Foreground with a face neighbour that is counted background or outside; [y, x] where there is one plane."""
    if mask.shape[0] == 1:
        mask, counts = mask[0], counts[0]
    inside = ndimage.binary_erosion(mask | ~counts, ndimage.generate_binary_structure(mask.ndim, 1), border_value=0)
    found = mask & counts & ~inside
    return found[None] if found.ndim == 2 else found


def distances(of, to, spacing):
    if not to.any():
        return np.full(int(of.sum()), np.inf)
    return ndimage.distance_transform_edt(~to, sampling=spacing)[of]


def finite(value):
    return float(value) if np.isfinite(value) else None


def surface_scores(predicted, truth, counts, spacing, tolerance):
    p, g = surface(predicted, counts), surface(truth, counts)
    n, m = int(p.sum()), int(g.sum())
    if n + m == 0:
        return {"nsd": 1.0, "hd95": 0.0, "meanDistance": 0.0, "predicted": 0, "truth": 0}
    if n == 0 or m == 0:
        return {"nsd": 0.0, "hd95": None, "meanDistance": None, "predicted": n, "truth": m}
    a, b = distances(p, g, spacing), distances(g, p, spacing)
    limit = tolerance * (1 + 1e-9)
    return {
        "nsd": float(((a <= limit).sum() + (b <= limit).sum()) / (n + m)),
        "hd95": finite(max(np.percentile(a, 95), np.percentile(b, 95))),
        "meanDistance": finite((a.sum() + b.sum()) / (n + m)),
        "predicted": n,
        "truth": m,
    }


def object_scores(predicted, truth, counts):
    p, g = label(predicted, connectivity=1), label(truth, connectivity=1)
    p, g = p[counts], g[counts]
    ps, gs = np.unique(p[p > 0]), np.unique(g[g > 0])
    n, m = len(ps), len(gs)
    if n + m == 0:
        return {"ap": [1.0] * 10, "pq": 1.0}
    iou = np.array([[((p == i) & (g == j)).sum() / ((p == i) | (g == j)).sum() for j in gs] for i in ps]).reshape(n, m)
    ap, pq = [], 0.0
    for k in range(10):
        t = 0.5 + 0.05 * k
        matched, total = 0, 0.0
        if n and m:
            # as StarDist and Cellpose match; 1e-12 for 0.5 + 0.05 k
            rows, columns = linear_sum_assignment(-(iou >= t - 1e-12).astype(float) - iou / (2 * min(n, m)))
            good = iou[rows, columns] >= t - 1e-12
            matched, total = int(good.sum()), float(iou[rows, columns][good].sum())
        ap.append(matched / (n + m - matched))
        if k == 0:
            pq = total / (matched + (n - matched) / 2 + (m - matched) / 2)
    return {"ap": ap, "pq": pq}


def overlap_scores(predicted, truth, counts):
    p, g = predicted[counts], truth[counts]
    tp, fp, fn = int((p & g).sum()), int((p & ~g).sum()), int((~p & g).sum())
    if tp + fp + fn == 0:
        return {"dice": 1.0, "iou": 1.0, "precision": 1.0, "recall": 1.0}
    share = lambda part, whole: part / whole if whole else 0.0
    return {
        "dice": share(2 * tp, 2 * tp + fp + fn),
        "iou": share(tp, tp + fp + fn),
        "precision": share(tp, tp + fp),
        "recall": share(tp, tp + fn),
    }


def calibration_scores(probability, truth, counts):
    p, g = probability[counts].astype(np.float64), truth[counts]
    edges = np.linspace(0, 1, 21)
    n, _ = np.histogram(p, edges)
    sums, _ = np.histogram(p, edges, weights=p)
    hits, _ = np.histogram(p, edges, weights=g.astype(float))
    full = n > 0
    gap = np.abs(sums[full] / n[full] - hits[full] / n[full])
    dice = []
    for t in THRESHOLDS:
        found = probability[counts] > np.float32(t)
        total = found.sum() + g.sum()
        dice.append(float(2 * (found & g).sum() / total) if total else 1.0)
    return {
        "ece": float((n[full] / n.sum() * gap).sum()),
        "brier": float(((p - g) ** 2).mean()),
        "pixels": n.tolist(),
        "diceAtThresholds": dice,
    }


def blobs(random, shape, sigma, share):
    field = ndimage.gaussian_filter(random.normal(size=shape), sigma)
    return field > np.quantile(field, 1 - share)


def cases():
    random = np.random.default_rng(20261130)
    flat, thin, deep = (1, 40, 56), (1, 1, 30), (12, 30, 26)
    one, um, steep = (1.0, 1.0, 1.0), (1.0, 0.325, 0.325), (2.0, 0.4, 0.3)
    empty = np.zeros(flat, bool)

    def box(shape, *slices):
        mask = np.zeros(shape, bool)
        mask[slices] = True
        return mask

    square = box(flat, 0, slice(10, 20), slice(10, 25))
    yield "both-empty", empty, empty, None, um, 0.325
    yield "empty-prediction", empty, square, None, um, 0.325
    yield "empty-truth", square, empty, None, um, 0.325
    yield "identical", square, square, None, um, 0.325
    yield "shifted-by-one", np.roll(square, 1, 2), square, None, um, 0.325
    yield "shifted-by-three", np.roll(square, (2, 3), (1, 2)), square, None, um, 3 * 0.325
    yield "touching-border", box(flat, 0, slice(0, 12), slice(0, 9)), box(flat, 0, slice(0, 10), slice(0, 56)), None, one, 1.0
    yield "whole-image", np.ones(flat, bool), box(flat, 0, slice(3, 37), slice(3, 53)), None, one, 2.0
    yield "one-pixel-each", box(flat, 0, 3, 4), box(flat, 0, 39, 55), None, um, 1.0
    yield "one-pixel-in-many", box(flat, 0, 3, 4), blobs(random, flat, (0, 2, 2), 0.3), None, um, 0.65
    yield "one-row", blobs(random, thin, (0, 0, 2), 0.4), blobs(random, thin, (0, 0, 2), 0.4), None, one, 1.0
    yield "not-square-pixels", blobs(random, flat, (0, 3, 3), 0.3), blobs(random, flat, (0, 3, 3), 0.3), None, (1.0, 0.5, 0.2), 0.5
    truth = blobs(random, flat, (0, 2, 2), 0.25)
    noisy = truth ^ (random.random(flat) < 0.02)
    yield "noisy", noisy, truth, None, um, 0.325
    weight = random.random(flat) > 0.1
    weight[0, 5:20, 30:50] = False
    yield "excluded", noisy, truth, weight, um, 0.65
    yield "all-excluded", noisy, truth, np.zeros(flat, bool), um, 0.65
    cut = np.ones(flat, bool)
    cut[0, :, 18:] = False
    yield "object-cut-by-exclusion", np.roll(square, 2, 1), square, cut, one, 1.0
    split = box(flat, 0, slice(10, 20), slice(10, 15)) | box(flat, 0, slice(10, 20), slice(16, 25))
    yield "split-object", split, square, None, um, 0.325
    yield "stack-one-voxel", box(deep, 11, 0, 25), box(deep, 0, 29, 0), None, steep, 1.0
    yield "stack-touching-border", box(deep, slice(0, 5), slice(0, 15), slice(0, 26)), box(deep, slice(0, 4), slice(0, 17), slice(3, 26)), None, steep, 0.8
    yield "stack-empty-prediction", np.zeros(deep, bool), box(deep, slice(0, 4), slice(0, 17), slice(3, 26)), None, steep, 0.8
    truth = blobs(random, deep, (1, 2.5, 2.5), 0.2)
    yield "stack-anisotropic", blobs(random, deep, (1, 2.5, 2.5), 0.2), truth, None, steep, 1.0
    yield "stack-noisy", truth ^ (random.random(deep) < 0.01), truth, None, steep, 2.0
    yield "stack-excluded", np.roll(truth, 1, 0), truth, random.random(deep) > 0.2, steep, 2.0
    tall = (30, 8, 9)
    yield "stack-longest-along-z", blobs(random, tall, (3, 1, 1), 0.3), blobs(random, tall, (3, 1, 1), 0.3), None, (0.25, 1.0, 1.5), 0.5
    wide = (5, 7, 40)
    yield "stack-longest-along-x", blobs(random, wide, (1, 1, 3), 0.3), blobs(random, wide, (1, 1, 3), 0.3), None, (3.0, 0.7, 0.7), 1.0


def main(folder):
    random = np.random.default_rng(7)
    out = []
    for name, predicted, truth, weight, spacing, tolerance in cases():
        counts = np.ones(truth.shape, bool) if weight is None else weight
        smooth = ndimage.gaussian_filter(truth.astype(float), 1) + random.normal(size=truth.shape) * 0.15
        probability = np.clip(smooth, 0, 1).astype(np.float32)
        has_probability = name in WITH_PROBABILITY
        out.append(
            {
                "name": name,
                "shape": list(truth.shape),
                "spacing": list(spacing),
                "tolerance": tolerance,
                "predicted": pack(predicted, np.uint8),
                "truth": pack(truth, np.uint8),
                "weight": None if weight is None else pack(weight, np.uint8),
                "probability": pack(probability, np.float32) if has_probability else None,
                "overlap": overlap_scores(predicted, truth, counts),
                "surface": surface_scores(predicted, truth, counts, spacing, tolerance),
                "objects": object_scores(predicted, truth, counts),
                "calibration": calibration_scores(probability, truth, counts) if has_probability else None,
            }
        )
    Path(folder).mkdir(parents=True, exist_ok=True)
    (Path(folder) / "cases.json").write_text(json.dumps(out, indent=1) + "\n")


main(sys.argv[1])
