"""For comparing only: a plain PyTorch training on the real images, to set our scores beside.

The project's network and patches (topology.py); Adam with a cosine decay of the learning rate, Dice + cross-entropy, flips,
right-angle rotations and nnU-Net's changes of intensity, half of the patches on foreground, all images trained on, the weights
of the last step, a threshold of 0.5, windows of the patch's size. The first steps are measured, and as many planned as
fit into the minutes; a machine that becomes slower or quicker changes the plan, so the time is used to its end.

usage: real_data.py DATASET SEED MINUTES   (DATASET: a folder with train/ and test/, each with raw/ and seg/)
Prints one line of JSON: the mean scores of test/. Needs torch, numpy, scipy and tifffile. THREADS and DEVICE in the environment
choose threads and device.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

# read when PyTorch is loaded: threads that wait by computing make a step several times as long where other work runs beside
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from network import ResidualUnet, dice_and_cross_entropy
from real_images import Sample, draw, padded, read_samples
from scores import score
from sliding_window import predict
from topology import suggested_patch, topology

OVERLAP = 0.25
# steps before a plan is made
MEASURED = 5
TOLD_EVERY = 30


@dataclass
class Training:
    steps: int
    seconds: float
    # mean of the last 50 steps
    loss: float


def train(
    network: ResidualUnet, samples: list[Sample], patch: tuple[int, ...], options: argparse.Namespace, device: torch.device
) -> Training:
    random = np.random.default_rng(options.seed)
    optimiser = torch.optim.Adam(network.parameters(), options.learning_rate)
    losses: list[float] = []
    begin = told = time.perf_counter()
    planned, spent = math.inf, 0.0
    while len(losses) < planned:
        for group in optimiser.param_groups:
            group["lr"] = options.learning_rate * (1 + math.cos(math.pi * min(1, len(losses) / planned))) / 2
        patches = [
            draw(samples[random.integers(len(samples))], patch, (len(losses) * options.batch + item) % 2 == 0, random)
            for item in range(options.batch)
        ]
        batch = torch.from_numpy(np.ascontiguousarray(np.stack(patches))).to(device)
        target = batch[:, 1:]
        loss = dice_and_cross_entropy(network(batch[:, :1]), target, torch.ones_like(target))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
        spent = time.perf_counter() - begin
        if len(losses) >= MEASURED:
            planned = max(len(losses), int(len(losses) * 60 * options.minutes / spent))
        if spent - (told - begin) > TOLD_EVERY:
            told = time.perf_counter()
            print(f"step {len(losses)} of {planned}, loss {np.mean(losses[-50:]):.4f}", file=sys.stderr, flush=True)
    return Training(len(losses), spent, float(np.mean(losses[-50:])))


def probabilities(network: ResidualUnet, sample: Sample, window: tuple[int, ...], device: torch.device) -> Tensor:
    """In windows of this size; the image mirrored at its end where it is smaller."""
    size = sample.pixels.shape
    padding = [p for s, w in zip(reversed(size), reversed(window)) for p in (0, max(0, w - s))]
    image = torch.from_numpy(sample.pixels)[None, None].to(device)
    result, _ = predict(network, functional.pad(image, padding, mode="reflect")[0], window, OVERLAP)
    return result[tuple(slice(0, s) for s in size)]


def scores_of(
    network: ResidualUnet, samples: list[Sample], window: tuple[int, ...], threshold: float, device: torch.device
) -> list[dict]:
    network.eval()
    with torch.inference_mode():
        maps = [probabilities(network, sample, window, device).cpu().numpy() for sample in samples]
    return [
        {"id": sample.name, **asdict(score(map_ > threshold, sample.mask, sample.objects))}
        for map_, sample in zip(maps, samples)
    ]


def cpu() -> str:
    """Its name, as Node.js gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Plain PyTorch training on real images, for comparing only.")
    parser.add_argument("dataset", type=Path)
    parser.add_argument("seed", type=int)
    parser.add_argument("minutes", type=float)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--threshold", type=float, default=0.5)
    return parser.parse_args()


def main() -> None:
    options = arguments()
    torch.manual_seed(options.seed)
    torch.set_num_threads(int(os.environ.get("THREADS", 0)) or torch.get_num_threads())
    device = torch.device(os.environ.get("DEVICE", "cpu"))
    samples, tests = read_samples(options.dataset / "train"), read_samples(options.dataset / "test")
    patch = suggested_patch([sample.pixels.shape for sample in samples])
    form = topology(patch, samples[0].spacing)
    network = ResidualUnet(len(patch), 1, form.filters, form.strides, form.kernels).to(device)
    training = train(network, [padded(sample, patch) for sample in samples], patch, options, device)
    images = scores_of(network, tests, patch, options.threshold, device)
    mean = {name: float(np.mean([image[name] for image in images])) for name in images[0] if name != "id"}
    line = {
        **{"name": "real-data-pytorch", "seconds": round(training.seconds, 1)},
        **{"dataset": options.dataset.name, "seed": options.seed, "minutes": options.minutes},
        **{"threads": torch.get_num_threads(), "mean": mean, "images": images, "load": os.getloadavg()[0]},
        "training": {**asdict(training), "batch": options.batch, "learningRate": options.learning_rate},
        "model": {**asdict(form), "patch": patch, "threshold": options.threshold},
        **{"cpu": cpu(), "device": device.type, "torch": torch.__version__},
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
