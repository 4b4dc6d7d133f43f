"""Makes `references/golden/threshold/manifest.json` anew: python3 thresholds.py FOLDER

Reads the images of the folder (`NAME.bin`, little-endian, C order; shape and type as the manifest says) and writes what
scikit-image and SciPy make of them. Made with scikit-image 0.26.0, NumPy 2.4.6.
"""
import json
import sys
from pathlib import Path

import numpy as np
import scipy.ndimage as ndi
import skimage
from skimage import filters, measure, morphology

SMALL = 20
METHODS = {
    "otsu": filters.threshold_otsu,
    "li": filters.threshold_li,
    "yen": filters.threshold_yen,
    "isodata": filters.threshold_isodata,
    "triangle": filters.threshold_triangle,
    "minimum": filters.threshold_minimum,
    "mean": filters.threshold_mean,
}


def threshold(method, image):
    try:
        return float(METHODS[method](image))
    except RuntimeError as error:  # "Unable to find two maxima in histogram"
        return f"error: {error}"


def count(mask, connectivity):
    return int(measure.label(mask, connectivity=connectivity).max())


def without_small(mask):
    """Face-connected objects of fewer than SMALL voxels removed; `max_size` is the largest that goes."""
    return morphology.remove_small_objects(mask, max_size=SMALL - 1, connectivity=1)


def case(folder, name, entry):
    image = np.fromfile(folder / f"{name}.bin", np.dtype(entry["dtype"]).newbyteorder("<"))
    image = image.reshape(entry["shape"]).astype(entry["dtype"])
    mask = image > filters.threshold_otsu(image)
    kept = without_small(mask)
    return {
        "shape": entry["shape"],
        "dtype": entry["dtype"],
        "thresholds": {method: threshold(method, image) for method in METHODS},
        "otsuForegroundVoxels": int(mask.sum()),
        "objects": {"faceConnected": count(mask, 1), "fullyConnected": count(mask, image.ndim)},
        "afterRemoveSmallObjects20FaceConnected": {"voxels": int(kept.sum()), "objects": count(kept, 1)},
        "afterFillHolesVoxels": int(ndi.binary_fill_holes(mask).sum()),
    }


folder = Path(sys.argv[1])
manifest = json.loads((folder / "manifest.json").read_text())
made = {
    "tool": f"scikit-image {skimage.__version__}, numpy {np.__version__}",
    "cases": {name: case(folder, name, entry) for name, entry in manifest["cases"].items()},
}
(folder / "manifest.json").write_text(json.dumps(made, indent=1))
