"""For comparing only: the network of src/network/residual-unet.ts in PyTorch.

MONAI's DynUNet with `res_block=True`, as Segmenter ML trains it, with strides and kernels of each level and axis. Parameters
have the project's names and order.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

MEDIUM = (16, 32, 64)
CONVOLUTION = {2: nn.Conv2d, 3: nn.Conv3d}
TRANSPOSED = {2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}
NORM = {2: nn.InstanceNorm2d, 3: nn.InstanceNorm3d}


Sizes = tuple[int, ...]


def same(kernel: Sizes) -> Sizes:
    """The padding that keeps a size."""
    return tuple(k // 2 for k in kernel)


class EncoderLevel(nn.Module):
    """Two convolutions with norm and a skip around them, projected where the shape changes."""

    def __init__(self, inputs: int, outputs: int, kernel: Sizes, stride: Sizes) -> None:
        super().__init__()
        convolution, norm = CONVOLUTION[len(kernel)], NORM[len(kernel)]
        self.conv1 = convolution(inputs, outputs, kernel, stride, same(kernel), bias=False)
        self.norm1 = norm(outputs, affine=True)
        self.conv2 = convolution(outputs, outputs, kernel, 1, same(kernel), bias=False)
        self.norm2 = norm(outputs, affine=True)
        self.projected = inputs != outputs or max(stride) != 1
        if self.projected:
            self.conv3 = convolution(inputs, outputs, 1, stride, bias=False)
            self.norm3 = norm(outputs, affine=True)
        self.activation = nn.LeakyReLU(0.01, inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        skip = self.norm3(self.conv3(x)) if self.projected else x
        y = self.activation(self.norm1(self.conv1(x)))
        return self.activation(self.norm2(self.conv2(y)) + skip)


class DecoderLevel(nn.Module):
    """Two convolutions with norm and activation."""

    def __init__(self, inputs: int, outputs: int, kernel: Sizes) -> None:
        super().__init__()
        convolution, norm = CONVOLUTION[len(kernel)], NORM[len(kernel)]
        self.conv1 = convolution(inputs, outputs, kernel, 1, same(kernel), bias=False)
        self.norm1 = norm(outputs, affine=True)
        self.conv2 = convolution(outputs, outputs, kernel, 1, same(kernel), bias=False)
        self.norm2 = norm(outputs, affine=True)
        self.activation = nn.LeakyReLU(0.01, inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        y = self.activation(self.norm1(self.conv1(x)))
        return self.activation(self.norm2(self.conv2(y)))


class ResidualUnet(nn.Module):
    """Input [n, c, (z,) y, x], sizes multiples of `divisor` along each axis; output: logits [n, 1, (z,) y, x].

    strides, kernels: of each level, [(z,) y, x]; without them 2 (1 at the first level) and 3 along every axis. A transposed
    convolution is as wide as the stride that it undoes.
    """

    def __init__(
        self,
        dimensions: int,
        in_channels: int = 1,
        filters: Sequence[int] = MEDIUM,
        strides: Sequence[Sequence[int]] | None = None,
        kernels: Sequence[Sequence[int]] | None = None,
    ) -> None:
        super().__init__()
        levels = len(filters)
        steps = [tuple(s) for s in strides or [(1,) * dimensions, *((2,) * dimensions,) * (levels - 1)]]
        widths = [tuple(k) for k in kernels or ((3,) * dimensions,) * levels]
        if len(steps) != levels or len(widths) != levels:
            raise ValueError(f"expected strides and kernels of {levels} levels, got {len(steps)} and {len(widths)}")
        inputs = [in_channels, *filters[:-1]]
        self.encoder = nn.ModuleList(
            EncoderLevel(i, o, kernel, stride) for i, o, kernel, stride in zip(inputs, filters, widths, steps)
        )
        self.up = nn.ModuleList(
            TRANSPOSED[dimensions](coarse, fine, stride, stride, bias=False)
            for fine, coarse, stride in zip(filters[:-1], filters[1:], steps[1:])
        )
        self.decoder = nn.ModuleList(
            DecoderLevel(2 * fine, fine, kernel) for fine, kernel in zip(filters[:-1], widths[:-1])
        )
        self.head = CONVOLUTION[dimensions](filters[0], 1, 1)
        self.divisor = tuple(math.prod(stride[axis] for stride in steps) for axis in range(dimensions))

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
