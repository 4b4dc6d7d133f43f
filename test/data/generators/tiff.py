"""Writes the TIFF references: python3 tiff.py FOLDER

For each case `NAME.tif` as tifffile writes it, the pixels that tifffile reads back from it as `NAME.raw` (C order,
[t, c, z, y, x], little-endian) and their description in `manifest.json`. LERC and WebP are encoded by imagecodecs.
Made with tifffile 2026.3.3, imagecodecs 2026.3.6, NumPy 2.4.6.
"""
import json
import sys
from pathlib import Path

import imagecodecs
import numpy as np
import tifffile

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
random = np.random.default_rng(20240601)
Y, X = 53, 67


def blobs(shape, dtype):
    """Smooth hills with noise; 0 and a large value are in it."""
    y, x = np.mgrid[: shape[-2], : shape[-1]]
    image = np.zeros(shape)
    for index in np.ndindex(shape[:-2]):
        for _ in range(6):
            cy, cx, width = random.uniform(0, shape[-2]), random.uniform(0, shape[-1]), random.uniform(3, 9)
            image[index] += np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / (2 * width**2))
    image = image / image.max() + random.normal(0, 0.02, shape)
    if np.dtype(dtype).kind == "f":
        return image.astype(dtype)
    info = np.iinfo(dtype)
    least = info.min // 2
    return np.clip(least + image * (info.max * 0.9 - least), info.min, info.max).astype(dtype)


def colours(dtype):
    return np.moveaxis(blobs((3, Y, X), dtype), 0, -1)


TILED = {"tile": (32, 48)}
RGB = {"photometric": "rgb"}
# name: pixels, what tifffile is told, and how far a lossy decoder may be off
CASES = {
    "uint8-strips": (blobs((Y, X), "u1"), {"rowsperstrip": 7}, 0),
    "int8-zlib": (blobs((Y, X), "i1"), {"compression": "zlib"}, 0),
    "uint16-big-endian-bigtiff": (blobs((Y, X), "u2"), {"byteorder": ">", "bigtiff": True}, 0),
    "int16-lzw-horizontal": (blobs((Y, X), "i2"), {"compression": "lzw", "predictor": True, **TILED}, 0),
    "uint32-packbits": (blobs((Y, X), "u4"), {"compression": "packbits"}, 0),
    "int32-zstd": (blobs((Y, X), "i4"), {"compression": "zstd", **TILED}, 0),
    "float32-zlib-floating-point": (blobs((Y, X), "f4"), {"compression": "zlib", "predictor": 3}, 0),
    "float64-big-endian": (blobs((Y, X), "f8"), {"byteorder": ">"}, 0),
    "float16-zstd": (blobs((Y, X), "f2"), {"compression": "zstd"}, 0),
    "rgb-planar-lzw": (
        np.moveaxis(colours("u2"), -1, 0).copy(),
        {"compression": "lzw", "planarconfig": "separate", **RGB},
        0,
    ),
    "imagej-tzcyx": (blobs((2, 3, 2, 21, 27), "u2"), {"imagej": True, "metadata": {"axes": "TZCYX"}}, 0),
    "ome-tczyx": (blobs((2, 2, 3, 21, 27), "u1"), {"ome": True, "metadata": {"axes": "TCZYX"}}, 0),
    "shaped-zyx": (blobs((4, 21, 27), "u1"), {"metadata": {"axes": "ZYX"}}, 0),
    "uint8-jpeg": (blobs((Y, X), "u1"), {"compression": "jpeg", **TILED}, 1),
    "rgb-jpeg": (colours("u1"), {"compression": "jpeg", "subsampling": (1, 1), **RGB, **TILED}, 4),
    "uint8-lerc": (blobs((Y, X), "u1"), {"compression": "lerc", **TILED}, 0),
    "uint16-lerc": (blobs((Y, X), "u2"), {"compression": "lerc", "rowsperstrip": 16}, 0),
    "int16-lerc": (blobs((Y, X), "i2"), {"compression": "lerc"}, 0),
    "float32-lerc": (blobs((Y, X), "f4"), {"compression": "lerc", **TILED}, 0),
    "rgb-lerc": (colours("u1"), {"compression": "lerc", **RGB, **TILED}, 0),
    "uint16-lerc-deflate": (
        blobs((Y, X), "u2"),
        {"compression": "lerc", "compressionargs": {"compression": "deflate"}, **TILED},
        0,
    ),
    "float32-lerc-zstd": (
        blobs((Y, X), "f4"),
        {"compression": "lerc", "compressionargs": {"compression": "zstd"}, **TILED},
        0,
    ),
    "rgb-webp-lossless": (colours("u1"), {"compression": "webp", "compressionargs": {"lossless": True}, **RGB, **TILED}, 0),
    "rgba-webp-lossless": (
        np.dstack([colours("u1"), blobs((Y, X), "u1") | 1]),
        {"compression": "webp", "compressionargs": {"lossless": True}, "extrasamples": ["unassalpha"], **RGB, **TILED},
        0,
    ),
    "rgb-webp": (colours("u1"), {"compression": "webp", "compressionargs": {"level": 80}, **RGB, **TILED}, 4),
}


def as_tczyx(pixels, name, options):
    axes = (options.get("metadata") or {}).get("axes", "CYX" if options.get("planarconfig") else "YX")
    if pixels.ndim == 3 and pixels.shape[-1] in (3, 4):
        axes = "YXC"
    order = [axes.index(axis) for axis in "TCZYX" if axis in axes]
    moved = pixels.transpose(order)
    shape = [pixels.shape[axes.index(axis)] if axis in axes else 1 for axis in "TCZYX"]
    return np.ascontiguousarray(moved).reshape(shape)


manifest = {"tool": f"tifffile {tifffile.__version__}, imagecodecs {imagecodecs.__version__}", "files": {}}
for name, (pixels, options, tolerance) in CASES.items():
    file = folder / f"{name}.tif"
    options = {"photometric": "minisblack", "resolution": (4, 4), "resolutionunit": "CENTIMETER", **options}
    if "imagej" in options:
        options.pop("photometric")
    tifffile.imwrite(file, pixels, software="tifffile", **options)
    read = tifffile.imread(file)
    if tolerance == 0:
        assert np.array_equal(read, pixels), name
    expected = as_tczyx(read, name, options)
    # the product gives half floats as float32
    dtype = "float32" if expected.dtype == np.float16 else str(expected.dtype)
    expected.astype(np.dtype(dtype).newbyteorder("<")).tofile(folder / f"{name}.raw")
    manifest["files"][f"{name}.tif"] = {"shape": list(expected.shape), "dtype": dtype, "tolerance": tolerance}
(folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
