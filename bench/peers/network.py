"""For comparing only: the network of src/network/residual-unet.ts in PyTorch.

MONAI's DynUNet with `res_block=True`, as Segmenter ML trains it. Parameters have the project's names and order.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

MEDIUM = (16, 32, 64)
CONVOLUTION = {2: nn.Conv2d, 3: nn.Conv3d}
TRANSPOSED = {2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}
NORM = {2: nn.InstanceNorm2d, 3: nn.InstanceNorm3d}


class EncoderLevel(nn.Module):
    """Two width-3 convolutions with norm and a skip around them, projected where the shape changes."""

    def __init__(self, dimensions: int, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        convolution, norm = CONVOLUTION[dimensions], NORM[dimensions]
        self.conv1 = convolution(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = norm(outputs, affine=True)
        self.conv2 = convolution(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = norm(outputs, affine=True)
        self.projected = inputs != outputs or stride != 1
        if self.projected:
            self.conv3 = convolution(inputs, outputs, 1, stride, bias=False)
            self.norm3 = norm(outputs, affine=True)
        self.activation = nn.LeakyReLU(0.01, inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        skip = self.norm3(self.conv3(x)) if self.projected else x
        y = self.activation(self.norm1(self.conv1(x)))
        return self.activation(self.norm2(self.conv2(y)) + skip)


class DecoderLevel(nn.Module):
    """Two width-3 convolutions with norm and activation."""

    def __init__(self, dimensions: int, inputs: int, outputs: int) -> None:
        super().__init__()
        convolution, norm = CONVOLUTION[dimensions], NORM[dimensions]
        self.conv1 = convolution(inputs, outputs, 3, 1, 1, bias=False)
        self.norm1 = norm(outputs, affine=True)
        self.conv2 = convolution(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = norm(outputs, affine=True)
        self.activation = nn.LeakyReLU(0.01, inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        y = self.activation(self.norm1(self.conv1(x)))
        return self.activation(self.norm2(self.conv2(y)))


class ResidualUnet(nn.Module):
    """Input [n, c, (z,) y, x], sizes multiples of 2^(levels - 1); output: logits [n, 1, (z,) y, x]."""

    def __init__(self, dimensions: int, in_channels: int = 1, filters: Sequence[int] = MEDIUM) -> None:
        super().__init__()
        inputs = [in_channels, *filters[:-1]]
        self.encoder = nn.ModuleList(
            EncoderLevel(dimensions, i, o, 1 if level == 0 else 2)
            for level, (i, o) in enumerate(zip(inputs, filters))
        )
        steps = list(zip(filters[:-1], filters[1:]))
        self.up = nn.ModuleList(TRANSPOSED[dimensions](c, f, 2, 2, bias=False) for f, c in steps)
        self.decoder = nn.ModuleList(DecoderLevel(dimensions, 2 * f, f) for f, _ in steps)
        self.head = CONVOLUTION[dimensions](filters[0], 1, 1)
        self.divisor = 2 ** (len(filters) - 1)

    def forward(self, x: Tensor) -> Tensor:
        skips: list[Tensor] = []
        for level in self.encoder:
            x = level(x)
            skips.append(x)
        for level in reversed(range(len(self.up))):
            x = self.decoder[level](torch.cat([self.up[level](x), skips[level]], 1))
        return self.head(x)


def load_flat(network: ResidualUnet, values: np.ndarray) -> None:
    """Takes all parameters from one vector in the project's order, which is that of `named_parameters`."""
    start = 0
    with torch.no_grad():
        for parameter in network.parameters():
            part = values[start : start + parameter.numel()]
            parameter.copy_(torch.from_numpy(part.copy()).reshape(parameter.shape))
            start += parameter.numel()
    if start != values.size:
        raise ValueError(f"parameters: expected {start} values, got {values.size}")


def soft_dice(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """The loss `dice` of src/network/loss.ts: per item, then the mean."""
    axes = tuple(range(1, logits.ndim))
    p = torch.sigmoid(logits)
    overlap = 2 * (weight * p * target).sum(axes) + 1e-5
    return (1 - overlap / ((weight * p).sum(axes) + (weight * target).sum(axes) + 1e-5)).mean()


def cross_entropy(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """What `dice+bce` adds: the weighted mean over the whole batch."""
    losses = nn.functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    return (weight * losses).sum() / weight.sum()


def dice_and_cross_entropy(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    return soft_dice(logits, target, weight) + cross_entropy(logits, target, weight)
