"""For comparing only: which network and patch the project gives to a set of images.

The rules of src/network/topology.ts and src/patches/plan.ts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

Sizes = tuple[int, ...]

FILTERS = (16, 32, 64, 128, 128, 128)
LEAST_SIDE = 4
MULTIPLE = 4
SIDE_2D = 256
VOXELS_3D = 32 * 128 * 128
HEIGHT_3D = 32


@dataclass
class Topology:
    """Of each level, finest first: feature maps, and strides and kernels [(z,) y, x]."""

    filters: Sizes
    strides: list[Sizes]
    kernels: list[Sizes]


def topology(patch: Sizes, spacing: tuple[float, ...]) -> Topology:
    """The levels of a patch [(z,) y, x] with pixels of these sizes.

    An axis is halved while its size is even and at least 4 remain; z, where it is coarser than y and x, not before these
    are as coarse, and until then its kernels are 1 wide.
    """
    size, grid = list(patch), list(spacing)
    strides: list[Sizes] = [(1,) * len(patch)]
    kernels: list[Sizes] = [kernel(grid)]
    while len(strides) < len(FILTERS):
        finest = min(grid)
        near = [g < 2 * finest for g in grid]
        stride = tuple(
            2 if close and s % 2 == 0 and s // 2 >= LEAST_SIDE else 1 for close, s in zip(near, size)
        )
        if max(stride) == 1:
            break
        size = [s // step for s, step in zip(size, stride)]
        grid = [g * step for g, step in zip(grid, stride)]
        strides.append(stride)
        kernels.append(kernel(grid))
    return Topology(FILTERS[: len(strides)], strides, kernels)


def kernel(grid: list[float]) -> Sizes:
    return tuple(3 if g < 2 * min(grid) else 1 for g in grid)


def suggested_patch(shapes: list[Sizes]) -> Sizes:
    """[y, x] up to 256 x 256, or [z, y, x] of about 32 x 128 x 128 voxels; along no axis more than the middle image."""
    middle = [up(sorted(axis)[(len(axis) - 1) // 2]) for axis in zip(*shapes)]
    if len(middle) == 2:
        return tuple(min(n, SIDE_2D) for n in middle)
    z, y, x = middle
    height = min(z, HEIGHT_3D)
    area = VOXELS_3D / height
    side = down(math.sqrt(area))
    if y < side:
        rows, columns = y, min(x, down(area / y))
    elif x < side:
        rows, columns = min(y, down(area / x)), x
    else:
        rows, columns = side, side
    return min(z, max(height, down(VOXELS_3D / (rows * columns)))), rows, columns


def up(n: int) -> int:
    return -(-n // MULTIPLE) * MULTIPLE


def down(n: float) -> int:
    return max(MULTIPLE, int(n // MULTIPLE) * MULTIPLE)
