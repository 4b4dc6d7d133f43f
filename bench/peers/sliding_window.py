"""For comparing only: prediction of an image in overlapping windows, blended with Gaussian weights."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

SIGMA = 0.125
FLOOR = 1e-3


def starts(size: int, window: int, overlap: float) -> list[int]:
    """First voxel of each window along one axis, evenly spread, the last one ending at the image's end."""
    if window >= size:
        return [0]
    step = max(1, int(window * (1 - overlap)))
    count = 1 + -(-(size - window) // step)
    return [round(i * (size - window) / (count - 1)) for i in range(count)]


def window_weights(window: Sequence[int], device: torch.device) -> Tensor:
    """A Gaussian around the window's middle, as MONAI and nnU-Net weigh windows."""
    weights = torch.ones(tuple(window), device=device)
    for axis, size in enumerate(window):
        i = torch.arange(size, dtype=torch.float32, device=device)
        one = torch.exp(-0.5 * ((i - (size - 1) / 2) / (SIGMA * size)) ** 2).clamp(min=FLOOR)
        weights = weights * one.reshape([-1 if a == axis else 1 for a in range(len(window))])
    return weights


def predict(
    network: Callable[[Tensor], Tensor], image: Tensor, window: Sequence[int], overlap: float = 0.25, batch: int = 1
) -> tuple[Tensor, int]:
    """Probabilities of an image, and the number of windows.

    image: normalised [c, (z,) y, x], at least as large as the window along every axis
    """
    size = image.shape[1:]
    weights = window_weights(window, image.device)
    total = torch.zeros(size, device=image.device)
    share = torch.zeros(size, device=image.device)
    corners = list(itertools.product(*(starts(s, w, overlap) for s, w in zip(size, window))))
    for first in range(0, len(corners), batch):
        places = [tuple(slice(a, a + w) for a, w in zip(corner, window)) for corner in corners[first : first + batch]]
        logits = network(torch.stack([image[(slice(None), *place)] for place in places]))
        for place, probability in zip(places, torch.sigmoid(logits.float())[:, 0]):
            total[place] += weights * probability
            share[place] += weights
    return total / share, len(corners)
