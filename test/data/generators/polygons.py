"""Makes `references/golden/polygon/manifest.json` anew: python3 polygons.py FOLDER

Takes the polygons of the folder's manifest and writes their pixels as skimage.draw.polygon2mask fills them: a row is a
hexadecimal number whose binary digits, most significant first, are the mask along x. Made with scikit-image 0.26.0.
"""
import json
import sys
from pathlib import Path

import numpy as np
import skimage
from skimage.draw import polygon2mask

file = Path(sys.argv[1]) / "manifest.json"
manifest = json.loads(file.read_text())
manifest["tool"] = f"scikit-image {skimage.__version__} draw.polygon2mask"
for polygon in manifest["polygons"]:
    mask = polygon2mask(manifest["shapeYX"], np.array(polygon["verticesYX"], float))
    polygon["voxels"] = int(mask.sum())
    polygon["maskRowsHex"] = [hex(int("".join("01"[int(v)] for v in row), 2)) for row in mask]
file.write_text(json.dumps(manifest, indent=1))
