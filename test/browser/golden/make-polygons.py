"""Makes polygons.json with scikit-image 0.26: which pixels of a 400 x 600 image polygon2mask gives two polygons.

python3 test/browser/golden/make-polygons.py > test/browser/golden/polygons.json
"""
import json

import numpy as np
from skimage.draw import polygon2mask

SHAPE = (400, 600)
# [x, y]; half numbers are pixel corners, which a mouse points at where a pixel of the image is one of the screen
POLYGONS = {
    "merge": [[99.5, 59.5], [340.5, 40.5], [399.5, 200.5], [250.5, 150.5], [139.5, 259.5]],
    "exclude": [[300.5, 119.5], [519.5, 100.5], [480.5, 349.5], [359.5, 300.5]],
}


def runs(mask):
    found = []
    for y, row in enumerate(mask):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(np.int8), [0]])))
        found += [[y, int(a), int(b)] for a, b in zip(edges[::2], edges[1::2])]
    return found


golden = {"shapeYX": SHAPE}
for name, vertices in POLYGONS.items():
    mask = polygon2mask(SHAPE, [[y, x] for x, y in vertices])
    golden[name] = {"verticesXY": vertices, "pixels": int(mask.sum()), "runsYXX": runs(mask)}
print(json.dumps(golden, separators=(",", ":")))
