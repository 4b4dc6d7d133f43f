"""What scikit-image, SciPy and NumPy make of touching objects, independent of what this project computes.

    python3 generators/objects.py references/golden/objects

Writes watershed.json (scikit-image's `watershed`, connectivity 1), properties.json (`regionprops`, with physical spacing) and
matching.json (splits and merges by their definition, AP and PQ as StarDist's `matching` defines them). Arrays are
zlib-compressed bytes in base64.
"""

import base64
import json
import sys
import zlib
from pathlib import Path

import numpy as np
from scipy import ndimage
from scipy.optimize import linear_sum_assignment
from skimage.measure import label, regionprops
from skimage.segmentation import watershed


def pack(array, dtype):
    return base64.b64encode(zlib.compress(np.ascontiguousarray(array, dtype).tobytes(), 9)).decode()


def zyx(array):
    return array[None] if array.ndim == 2 else array


def blobs(rng, shape, n, radius):
    """Touching balls: their union, and the number of the nearest centre in it."""
    centres = np.stack([rng.uniform(0, s, n) for s in shape], 1)
    grid = np.stack(np.meshgrid(*[np.arange(s) for s in shape], indexing="ij"), -1)
    distance = np.sqrt(((grid[..., None, :] - centres) ** 2).sum(-1))
    mask = distance.min(-1) < radius
    return mask, np.where(mask, distance.argmin(-1) + 1, 0)


def distinct_seeds(rng, levels, mask, n):
    """Single voxels, no two of one level: then nothing is left to the order of a heap."""
    seeds = np.zeros(levels.shape, np.int32)
    used = set()
    places = np.argwhere(mask)
    for place in places[rng.permutation(len(places))]:
        level = int(levels[tuple(place)])
        if level in used:
            continue
        used.add(level)
        seeds[tuple(place)] = len(used)
        if len(used) == n:
            break
    return seeds


def watershed_cases(rng):
    def case(name, levels, seeds, mask, ties):
        expected = watershed(levels, seeds, mask=mask, connectivity=1)
        return {
            "name": name, "shape": zyx(levels).shape, "ties": ties, "levels": pack(levels, "<u2"),
            "seeds": pack(seeds, "<i4"), "mask": pack(mask, "u1"), "labels": pack(expected, "<i4"),
        }

    cases = []
    for shape, n in [((40, 50), 7), ((64, 64), 20), ((9, 24, 25), 12), ((1, 33), 3), ((30, 1), 2), ((12, 16, 20), 30)]:
        for smooth in (0, 2):
            noise = rng.random(shape)
            if smooth:
                noise = ndimage.gaussian_filter(noise, smooth)
                noise = (noise - noise.min()) / (noise.max() - noise.min())
            for top in (1023, 40):
                levels = np.round(noise * top).astype(np.uint16)
                mask = ndimage.gaussian_filter(rng.random(shape), 1.5) > 0.46
                name = f"{'x'.join(map(str, shape))} smooth {smooth} levels {top}"
                cases.append(case(name, levels, distinct_seeds(rng, levels, mask, n), mask, False))
    # A plateau, a ring around a basin, seeds at its walls, a seed outside of the mask.
    flat = np.zeros((21, 21), np.uint16)
    cases.append(case("plateau, one seed", flat, np.eye(1, 441, 220, dtype=np.int32).reshape(21, 21), flat == 0, False))
    ring = np.zeros((25, 25), np.uint16)
    ring[5:20, 5:20] = 900
    ring[7:18, 7:18] = 10
    seeds = np.zeros_like(ring, np.int32)
    seeds[12, 12], seeds[0, 0] = 2, 1
    cases.append(case("ring", ring, seeds, ring >= 0, False))
    cut = ring.copy()
    cut[12, 17:20] = 500
    cases.append(case("ring with a gap, seed outside of the mask", cut, seeds, np.arange(625).reshape(25, 25) > 0, False))
    # As objects are told apart: seeds of many voxels of one level.
    for shape, n, radius in [((80, 80), 25, 9), ((16, 40, 40), 20, 7)]:
        mask, truth = blobs(rng, shape, n, radius)
        distance = ndimage.distance_transform_edt(mask)
        levels = np.round((1 - distance / distance.max()) * 1023).astype(np.uint16)
        seeds = label(distance > 0.7 * distance.max())
        cases.append(case(f"balls {'x'.join(map(str, shape))}", levels, seeds, mask, True))
    return cases


def property_cases(rng):
    cases = []
    for shape, spacing, n, radius in [((60, 70), (1, 1), 9, 8), ((50, 64), (0.5, 0.5), 7, 9), ((14, 40, 44), (2, 0.5, 0.5), 8, 7)]:
        _, labels = blobs(rng, shape, n, radius)
        intensity = rng.integers(0, 4096, shape).astype(np.uint16)
        rows = []
        for p in regionprops(labels, intensity, spacing=spacing):
            row = {"label": int(p.label), "area": float(p.area), "centroid": [float(v) for v in p.centroid],
                   "mean": float(p.intensity_mean), "min": float(p.intensity_min), "max": float(p.intensity_max),
                   "std": float(p.intensity_std)}
            if labels.ndim == 2:
                row |= {"perimeter": float(p.perimeter), "eccentricity": float(p.eccentricity), "orientation": float(p.orientation),
                        "major": float(p.axis_major_length), "minor": float(p.axis_minor_length)}
            else:
                row |= {"eigenvalues": [float(v) for v in p.inertia_tensor_eigvals], "major": float(p.axis_major_length),
                        "minor": float(p.axis_minor_length)}
            rows.append(row)
        cases.append({"shape": zyx(labels).shape, "spacing": spacing if len(spacing) == 3 else (1, *spacing),
                      "labels": pack(labels, "<i4"), "intensity": pack(intensity, "<u2"), "rows": rows})
    return cases


def matching_case(predicted, truth):
    p_ids, g_ids = [np.unique(a[a > 0]) for a in (predicted, truth)]
    common = np.array([[((predicted == p) & (truth == g)).sum() for g in g_ids] for p in p_ids]).reshape(len(p_ids), len(g_ids))
    p_size = np.array([(predicted == p).sum() for p in p_ids])
    g_size = np.array([(truth == g).sum() for g in g_ids])
    iou = common / np.maximum(p_size[:, None] + g_size[None] - common, 1)
    at = []
    for threshold in [k / 100 for k in range(50, 100, 5)]:
        rows, columns = linear_sum_assignment(-(iou >= threshold).astype(float) - iou / (2 * max(1, min(iou.shape))))
        scores = iou[rows, columns][iou[rows, columns] >= threshold]
        tp, fp, fn = len(scores), len(p_ids) - len(scores), len(g_ids) - len(scores)
        at.append({"tp": tp, "fp": fp, "fn": fn, "ap": tp / max(1, tp + fp + fn), "pq": float(scores.sum() / max(0.5, tp + fp / 2 + fn / 2)),
                   "iou": float(scores.mean()) if tp else 0})
    inside_truth = common > p_size[:, None] / 2  # the larger part of a predicted object lies in a true one
    inside_predicted = common > g_size[None] / 2
    return {"shape": zyx(truth).shape, "predicted": pack(predicted, "<i4"), "truth": pack(truth, "<i4"), "at": at,
            "splits": int((inside_truth.sum(0) >= 2).sum()), "merges": int((inside_predicted.sum(1) >= 2).sum()),
            "countError": len(p_ids) - len(g_ids)}


def matching_cases(rng):
    cases = []
    for shape, n, radius in [((60, 70), 14, 8), ((48, 48), 20, 6), ((10, 30, 30), 10, 6)]:
        _, truth = blobs(rng, shape, n, radius)
        predicted = np.roll(truth, 1, -1) * (rng.random(shape) > 0.1)
        for g in np.unique(truth)[1:]:
            kind = rng.integers(0, 4)
            inside = predicted == g
            if kind == 0:
                predicted[inside & (np.arange(shape[-1]) % 12 < 6)] = 100 + g
            elif kind == 1:
                predicted[inside] = rng.choice(np.unique(truth)[1:])
            elif kind == 2 and rng.random() < 0.5:
                predicted[inside] = 0
        cases.append(matching_case(predicted.astype(np.int32), truth.astype(np.int32)))
    return cases


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in (("watershed", watershed_cases), ("properties", property_cases), ("matching", matching_cases)):
        (folder / f"{name}.json").write_text(json.dumps(make(np.random.default_rng(19))) + "\n")
