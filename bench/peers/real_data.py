"""For comparing only: a plain PyTorch training on the real images, to set our scores beside.

The same network (medium), Adam with a cosine decay of the learning rate, Dice + cross-entropy, flips and right-angle
rotations, half of the patches on foreground, a fixed number of steps, no averaging, no ensemble, a fixed threshold.

usage: real_data.py DATASET SEED STEPS   (DATASET: a folder with train/ and test/, each with raw/ and seg/)
Prints one line of JSON: the mean scores of test/, with windows of the patch's size and with the whole image at once.
Needs torch, numpy and tifffile. THREADS and DEVICE in the environment choose threads and device.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from network import ResidualUnet, dice_and_cross_entropy
from sliding_window import predict

try:
    import tifffile
except ImportError as missing:
    raise SystemExit("real_data.py: needs tifffile to read the images (pip install tifffile)") from missing

PATCHES = {2: (256, 256), 3: (32, 64, 64)}
OVERLAP = 0.25


@dataclass
class Sample:
    """One image, normalised, and its mask, both [(z,) y, x]."""

    name: str
    pixels: np.ndarray
    mask: np.ndarray
    foreground: np.ndarray


@dataclass
class Scores:
    dice: float
    iou: float
    precision: float
    recall: float


def read_samples(folder: Path) -> list[Sample]:
    return [read_sample(path, folder / "seg" / path.name) for path in sorted((folder / "raw").iterdir())]


def read_sample(raw: Path, seg: Path) -> Sample:
    pixels, mask = tifffile.imread(raw), tifffile.imread(seg) > 0
    if pixels.shape != mask.shape:
        raise ValueError(f"{raw.name}: {pixels.shape} pixels, but a mask of {mask.shape}")
    return Sample(raw.name, normalise(pixels), mask, np.flatnonzero(mask))


def normalise(pixels: np.ndarray) -> np.ndarray:
    """Clips to the 0.5 and 99.5 percentiles, then z-score, as the project does."""
    clipped = np.clip(pixels.astype(np.float64), *np.percentile(pixels, (0.5, 99.5)))
    return ((clipped - clipped.mean()) / (clipped.std() or 1)).astype(np.float32)


def draw(sample: Sample, size: tuple[int, ...], on_foreground: bool, random: np.random.Generator) -> np.ndarray:
    """A patch [2, (z,) y, x], image and mask, flipped and turned at random."""
    room = np.array(sample.pixels.shape) - size
    if room.min() < 0:
        raise ValueError(f"{sample.name}: {sample.pixels.shape}, smaller than a patch of {size}; see --patch")
    if on_foreground and sample.foreground.size > 0:
        centre = np.unravel_index(random.choice(sample.foreground), sample.pixels.shape)
        start = np.clip(np.array(centre) - np.array(size) // 2, 0, room)
    else:
        start = random.integers(0, room + 1)
    place = tuple(slice(a, a + s) for a, s in zip(start, size))
    patch = np.stack([sample.pixels[place], sample.mask[place].astype(np.float32)])
    flipped = [axis for axis in range(1, patch.ndim) if random.random() < 0.5]
    return np.rot90(np.flip(patch, flipped), random.integers(4), (-2, -1))


def train(network: ResidualUnet, samples: list[Sample], options: argparse.Namespace, device: torch.device) -> float:
    """Takes the steps; the mean loss of the last 50."""
    random = np.random.default_rng(options.seed)
    optimiser = torch.optim.Adam(network.parameters(), options.learning_rate)
    decay = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, options.steps)
    losses: list[float] = []
    for step in range(options.steps):
        patches = [
            draw(samples[random.integers(len(samples))], options.patch, (step * options.batch + item) % 2 == 0, random)
            for item in range(options.batch)
        ]
        batch = torch.from_numpy(np.ascontiguousarray(np.stack(patches))).to(device)
        target = batch[:, 1:]
        loss = dice_and_cross_entropy(network(batch[:, :1]), target, torch.ones_like(target))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        decay.step()
        losses.append(loss.item())
        if (step + 1) % 50 == 0:
            print(f"step {step + 1} of {options.steps}, loss {np.mean(losses[-50:]):.4f}", flush=True)
    return float(np.mean(losses[-50:]))


def probabilities(network: ResidualUnet, sample: Sample, window: tuple[int, ...] | None, device: torch.device) -> Tensor:
    """In windows of this size, or the whole image at once; mirrored at its end up to the sizes that are possible."""
    size = sample.pixels.shape
    least = window or (0,) * len(size)
    whole = [max(-(-s // network.divisor) * network.divisor, w) for s, w in zip(size, least)]
    padding = [p for s, w in zip(reversed(size), reversed(whole)) for p in (0, w - s)]
    image = torch.from_numpy(sample.pixels)[None, None].to(device)
    padded = functional.pad(image, padding, mode="reflect")[0]
    result, _ = predict(network, padded, window or whole, OVERLAP)
    return result[tuple(slice(0, s) for s in size)]


def score(predicted: np.ndarray, truth: np.ndarray) -> Scores:
    """As the evaluate node: all are 1 where both are empty, a quotient 0/0 is 0 otherwise."""
    both = int((predicted & truth).sum())
    extra, missed = int(predicted.sum()) - both, int(truth.sum()) - both
    if both + extra + missed == 0:
        return Scores(1, 1, 1, 1)

    def share(part: int, whole: int) -> float:
        return part / whole if whole else 0.0

    return Scores(
        dice=share(2 * both, 2 * both + extra + missed),
        iou=share(both, both + extra + missed),
        precision=share(both, both + extra),
        recall=share(both, both + missed),
    )


def mean_scores(
    network: ResidualUnet, samples: list[Sample], window: tuple[int, ...] | None, threshold: float, device: torch.device
) -> dict[str, float]:
    network.eval()
    with torch.inference_mode():
        maps = [probabilities(network, sample, window, device).cpu().numpy() for sample in samples]
    scores = [asdict(score(map_ > threshold, sample.mask)) for map_, sample in zip(maps, samples)]
    return {name: round(float(np.mean([one[name] for one in scores])), 4) for name in scores[0]}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Plain PyTorch training on real images, for comparing only.")
    parser.add_argument("dataset", type=Path)
    parser.add_argument("seed", type=int)
    parser.add_argument("steps", type=int)
    parser.add_argument("--patch", type=int, nargs="+", help="(z) y x; 256 256 or 32 64 64")
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--threshold", type=float, default=0.5)
    return parser.parse_args()


def main() -> None:
    options = arguments()
    torch.manual_seed(options.seed)
    torch.set_num_threads(int(os.environ.get("THREADS", torch.get_num_threads())))
    device = torch.device(os.environ.get("DEVICE", "cpu"))
    samples, tests = read_samples(options.dataset / "train"), read_samples(options.dataset / "test")
    dimensions = samples[0].pixels.ndim
    options.patch = tuple(options.patch or PATCHES[dimensions])
    network = ResidualUnet(dimensions).to(device)
    begin = time.perf_counter()
    loss = train(network, samples, options, device)
    seconds = time.perf_counter() - begin
    windows = {"windows": options.patch, "whole": None}
    means = {name: mean_scores(network, tests, w, options.threshold, device) for name, w in windows.items()}
    facts = {**vars(options), "dataset": options.dataset.name, "loss": round(loss, 4), "seconds": round(seconds, 1)}
    print(json.dumps({"name": "real-data, PyTorch", **facts, **means, "torch": torch.__version__}))


if __name__ == "__main__":
    main()
