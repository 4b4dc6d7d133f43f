"""For comparing only: which network (medium) and patch the project gives to a set of images.

The rules of src/network/topology.ts and src/patches/plan.ts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

Sizes = tuple[int, ...]

FIRST_FILTERS = 16
MOST_DOUBLED = 8
MOST_LEVELS = 6
USUAL_LEVELS = 5
LEAST_SIZE = 4
LEAST_SIZE_OF_MORE = 16
COARSE = 2
# of patches: sizes are multiples of the first, of the second where they are twice it or more
MULTIPLE = 4
PREFERRED = 16
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
    """The levels of a patch [(z,) y, x] whose pixels are so far apart.

    Each level halves the axes that are even and keep 4 positions, but none that is twice as coarse as y and x or more; kernels
    are 1 wide along a z twice as coarse as y and x or more, until it no longer is.
    """
    size, apart = list(patch), list(spacing)
    strides: list[Sizes] = [(1,) * len(patch)]
    kernels = [kernel_at(apart, (1,) * len(patch))]
    while len(strides) < MOST_LEVELS:
        stride = stride_of(size, apart, first=len(strides) == 1)
        coarser = [n // step for n, step in zip(size, stride)]
        if 2 not in stride[-2:] or (len(strides) >= USUAL_LEVELS and min(coarser[-2:]) < LEAST_SIZE_OF_MORE):
            break
        size, apart = coarser, [distance * step for distance, step in zip(apart, stride)]
        strides.append(stride)
        kernels.append(kernel_at(apart, kernels[-1]))
    kernels[-1] = (3,) * len(patch)
    filters = tuple(FIRST_FILTERS * min(2**level, MOST_DOUBLED) for level in range(len(strides)))
    return Topology(filters, strides, kernels)


def stride_of(size: Sequence[int], apart: Sequence[float], first: bool) -> Sizes:
    """However small a patch is, the first one halves something."""

    def halved(least: int) -> list[bool]:
        return [n % 2 == 0 and n // 2 >= least for n in size]

    usual = halved(LEAST_SIZE)
    possible = halved(1) if first and not any(usual[-2:]) else usual
    finest = min((distance for distance, can in zip(apart[-2:], possible[-2:]) if can), default=0.0)
    return tuple(2 if can and distance < COARSE * finest else 1 for can, distance in zip(possible, apart))


def kernel_at(apart: Sequence[float], finer: Sizes) -> Sizes:
    in_plane, finest = len(apart) - 2, min(apart[-2:])
    return tuple(
        3 if axis >= in_plane or finer[axis] == 3 or distance < COARSE * finest else 1
        for axis, distance in enumerate(apart)
    )


def suggested_patch(shapes: list[Sizes]) -> Sizes:
    """[y, x] up to 256 x 256, or [z, y, x] of about 32 x 128 x 128 voxels; along no axis more than the middle image."""
    middle = [nearest(sorted(axis)[(len(axis) - 1) // 2]) for axis in zip(*shapes)]
    if len(middle) == 2:
        return tuple(min(n, down(SIDE_2D)) for n in middle)
    z, y, x = middle
    height = min(z, down(HEIGHT_3D))
    area = VOXELS_3D / height
    side = down(math.sqrt(area))
    if y < side:
        rows, columns = y, min(x, down(area / y))
    elif x < side:
        rows, columns = min(y, down(area / x)), x
    else:
        rows, columns = side, side
    return min(z, max(height, down(VOXELS_3D / (rows * columns)))), rows, columns


def nearest(n: int) -> int:
    if n < 2 * PREFERRED:
        return -(-n // MULTIPLE) * MULTIPLE
    return math.ceil(n / PREFERRED - 0.5) * PREFERRED


def down(n: float) -> int:
    if n < 2 * PREFERRED:
        return max(MULTIPLE, int(n // MULTIPLE) * MULTIPLE)
    return int(n // PREFERRED) * PREFERRED
