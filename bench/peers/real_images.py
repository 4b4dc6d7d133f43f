"""For comparing only: the images of a real set, and patches drawn from them, changed as is usual."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

try:
    import tifffile
    from scipy import ndimage
except ImportError as missing:
    raise SystemExit("real_data.py: needs scipy, and tifffile to read the images (pip install scipy tifffile)") from missing


@dataclass
class Sample:
    """One image, normalised, and its mask, both [(z,) y, x]."""

    name: str
    pixels: np.ndarray
    mask: np.ndarray
    # a number for each object, 0 background
    objects: np.ndarray
    foreground: np.ndarray
    # how far pixels are apart
    spacing: tuple[float, ...]


def read_samples(folder: Path) -> list[Sample]:
    return [read_sample(folder, raw) for raw in sorted((folder / "raw").iterdir())]


def read_sample(folder: Path, raw: Path) -> Sample:
    pixels, mask = tifffile.imread(raw), tifffile.imread(folder / "seg" / raw.name) > 0
    if pixels.shape != mask.shape:
        raise ValueError(f"{raw.name}: {pixels.shape} pixels, but a mask of {mask.shape}")
    numbered = folder / "instances" / raw.name
    objects = tifffile.imread(numbered) if numbered.exists() else ndimage.label(mask)[0]
    return Sample(raw.name, normalise(pixels), mask, objects, np.flatnonzero(mask), spacing_of(raw, pixels.ndim))


def normalise(pixels: np.ndarray) -> np.ndarray:
    """Clips to the 0.5 and 99.5 percentiles, then z-score: a usual one, not the project's."""
    clipped = np.clip(pixels.astype(np.float64), *np.percentile(pixels, (0.5, 99.5)))
    return ((clipped - clipped.mean()) / (clipped.std() or 1)).astype(np.float32)


def spacing_of(raw: Path, dimensions: int) -> tuple[float, ...]:
    """[(z,) y, x] from OME metadata, in pixels of the plane; 1 along each axis without it."""
    with tifffile.TiffFile(raw) as file:
        text = file.ome_metadata or ""
    found = [re.search(rf'PhysicalSize{axis}="([\d.eE+-]+)"', text) for axis in "ZYX"[3 - dimensions :]]
    if dimensions == 2 or not all(found):
        return (1.0,) * dimensions
    z, y, x = (float(one[1]) for one in found)
    return z / min(y, x), 1.0, 1.0


def padded(sample: Sample, size: tuple[int, ...]) -> Sample:
    """Mirrored at its end up to the patch's size where it is smaller."""
    missing = [(0, max(0, want - have)) for want, have in zip(size, sample.pixels.shape)]
    if not any(after for _, after in missing):
        return sample
    pixels, mask, objects = (np.pad(a, missing, mode="symmetric") for a in (sample.pixels, sample.mask, sample.objects))
    return Sample(sample.name, pixels, mask, objects, np.flatnonzero(mask), sample.spacing)


def draw(sample: Sample, size: tuple[int, ...], on_foreground: bool, random: np.random.Generator) -> np.ndarray:
    """A patch [2, (z,) y, x], image and mask, flipped, turned and changed in intensity at random."""
    room = np.array(sample.pixels.shape) - size
    if on_foreground and sample.foreground.size > 0:
        centre = np.unravel_index(random.choice(sample.foreground), sample.pixels.shape)
        start = np.clip(np.array(centre) - np.array(size) // 2, 0, room)
    else:
        start = random.integers(0, room + 1)
    place = tuple(slice(a, a + s) for a, s in zip(start, size))
    patch = np.stack([sample.pixels[place], sample.mask[place].astype(np.float32)])
    patch[0] = changed(patch[0], random)
    flipped = [axis for axis in range(1, patch.ndim) if random.random() < 0.5]
    # a patch that is not square keeps its shape
    turns = random.integers(4) if size[-1] == size[-2] else 2 * random.integers(2)
    return np.rot90(np.flip(patch, flipped), turns, (-2, -1))


def changed(pixels: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Noise, blur, brightness, contrast and gamma as often and as strong as in nnU-Net (Isensee et al. 2021)."""
    if random.random() < 0.1:
        pixels = pixels + random.normal(0, np.sqrt(random.uniform(0, 0.1)), pixels.shape).astype(np.float32)
    if random.random() < 0.2:
        pixels = ndimage.gaussian_filter(pixels, random.uniform(0.5, 1))
    if random.random() < 0.15:
        pixels = pixels * np.float32(random.uniform(0.75, 1.25))
    if random.random() < 0.15:
        low, high, mean = pixels.min(), pixels.max(), pixels.mean()
        pixels = np.clip((pixels - mean) * np.float32(random.uniform(0.75, 1.25)) + mean, low, high)
    if random.random() < 0.1:
        pixels = -gamma(-pixels, random)
    if random.random() < 0.3:
        pixels = gamma(pixels, random)
    return pixels


def gamma(pixels: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Keeps mean and standard deviation."""
    low, span, mean, deviation = pixels.min(), np.ptp(pixels) or 1, pixels.mean(), pixels.std()
    bent = ((pixels - low) / span) ** np.float32(random.uniform(0.7, 1.5)) * span + low
    return ((bent - bent.mean()) / (bent.std() or 1) * deviation + mean).astype(np.float32)
