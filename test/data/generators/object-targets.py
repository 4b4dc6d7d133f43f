"""Writes the references of object targets: python3 object-targets.py FOLDER

Numbers of objects and the distances that a network learns of them, by SciPy and scikit-image, as torch-em's
PerObjectDistanceTransform takes them: parts of one number by `skimage.measure.label` (faces, edges and corners), boundaries by
`find_boundaries(mode="inner")`, Euclidean distances by `distance_transform_edt` with the spacing as `sampling`. The centre is the
rounded centroid, or where that is outside of the object its voxel that is farthest from the boundary. `boundary` is 1 minus
torch-em's. No object here is all boundary. Made with SciPy 1.17.1 and scikit-image 0.26.0.
"""
import json
import sys
from pathlib import Path

import numpy as np
import scipy
import skimage
from scipy.ndimage import distance_transform_edt
from skimage.measure import label, regionprops
from skimage.segmentation import find_boundaries

CASES = {
    "2d": {"shape": [1, 28, 36], "spacing": [1, 1, 1], "balls": 9, "radius": [4, 7]},
    "2d-oblong": {"shape": [1, 28, 36], "spacing": [1, 2, 0.5], "balls": 9, "radius": [4, 7]},
    "3d": {"shape": [8, 18, 20], "spacing": [2.5, 1, 1], "balls": 7, "radius": [4, 6]},
}


def objects(shape, balls, radius, random):
    """Balls that touch, later ones over earlier ones, and a bent one whose middle is outside of it."""
    grid = np.indices(shape)
    labels = np.zeros(shape, "int32")
    for number in range(1, balls + 1):
        centre = [random.uniform(0, n) for n in shape]
        inside = sum((g - c) ** 2 for g, c in zip(grid, centre)) < random.uniform(*radius) ** 2
        labels[inside] = 10 * number
    labels[:, 2:14, 3:15] = 0
    labels[:, 3:13, 4:7] = 7
    labels[:, 3:6, 4:14] = 7
    return labels


def targets(labels, spacing):
    flat = labels[0] if labels.shape[0] == 1 else labels
    sampling = spacing[-flat.ndim :]
    parts = label(flat)
    boundaries = find_boundaries(parts, mode="inner")
    boundary, centre = np.zeros(flat.shape), np.ones(flat.shape)
    thin = []
    for part in regionprops(parts):
        inside = parts == part.label
        depth = distance_transform_edt(~(boundaries & inside), sampling=sampling) * inside
        if depth.max() == 0:
            thin.append(part.label)
            continue
        boundary[inside] = depth[inside] / depth.max()
        middle = tuple(int(np.floor(c + 0.5)) for c in part.centroid)
        if not inside[middle]:
            middle = np.unravel_index(np.argmax(depth), depth.shape)
        point = np.ones(flat.shape, bool)
        point[middle] = False
        distance = distance_transform_edt(point, sampling=sampling)
        centre[inside] = distance[inside] / distance[inside].max()
    for number in thin:
        labels[(parts == number).reshape(labels.shape)] = 0
    return bool(thin), boundary, centre


folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for seed, (name, case) in enumerate(CASES.items()):
    labels = objects(case["shape"], case["balls"], case["radius"], np.random.default_rng(seed))
    again, boundary, centre = targets(labels, case["spacing"])
    while again:
        again, boundary, centre = targets(labels, case["spacing"])
    described = {
        "tool": f"SciPy {scipy.__version__}, scikit-image {skimage.__version__}",
        "shape": case["shape"],
        "spacing": case["spacing"],
        "labels": labels.ravel().tolist(),
        "boundary": [round(v, 6) for v in boundary.ravel().tolist()],
        "centre": [round(v, 6) for v in centre.ravel().tolist()],
    }
    (folder / f"targets-{name}.json").write_text(json.dumps(described) + "\n")
    print(name, len(np.unique(labels)) - 1, "objects")
