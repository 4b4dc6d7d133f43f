"""Writes the training references: python3 training.py FOLDER [NAME...]

A few steps of training a small residual U-Net (MONAI's DynUNet with `res_block=True`) in double precision with PyTorch.
For each case `NAME.json` with settings and losses, and `NAME.bin`, little-endian float32, C order, one after the other:
`input`, `target`, `weight` [n, c, (z,) y, x] (a target has as many channels as the network's output), then `initial` with all parameters in the order of `parameters`, `logits` and
`gradient` of the first step, and `final`, the parameters after the last one. Losses are taken before each step's update.
Prints how far PyTorch's own single precision ends from that, of the way that the weights went. Made with PyTorch 2.13.0.
"""
import json
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

STEPS = 3
CASES = {
    "2d-dice": {"dimensions": 2, "inChannels": 1, "filters": [4, 8], "inputShape": [2, 1, 24, 32], "loss": "dice"},
    "2d-three-levels": {
        "dimensions": 2, "inChannels": 2, "filters": [4, 6, 8], "inputShape": [1, 2, 32, 32], "loss": "dice+bce",
    },
    "3d-dice": {"dimensions": 3, "inChannels": 1, "filters": [4, 8], "inputShape": [1, 1, 8, 16, 16], "loss": "dice"},
    "3d-dice-bce": {
        "dimensions": 3, "inChannels": 1, "filters": [4, 8], "inputShape": [2, 1, 8, 12, 16], "loss": "dice+bce",
    },
    "2d-five-levels": {
        "dimensions": 2, "inChannels": 1, "filters": [4, 8, 16, 16, 16], "inputShape": [1, 1, 64, 96],
        "loss": "dice+bce",
    },
    # Planes five times as far apart as pixels, and too few of them to be halved more than once. Of 300 seeds the one whose numbers
    # before a leaky ReLU stay farthest from its kink, 9e-6 of their size: where rounding takes one across, single precision ends
    # up to 2e-2 of the way elsewhere, PyTorch's own too (seed 181), and else within 1e-4.
    "3d-five-levels": {
        "dimensions": 3, "inChannels": 1, "filters": [4, 8, 16, 16, 16], "inputShape": [1, 1, 8, 32, 48],
        "loss": "dice+bce", "seed": 205,
        "strides": [[1, 1, 1], [1, 2, 2], [1, 2, 2], [2, 2, 2], [1, 2, 2]],
        "kernels": [[1, 3, 3], [1, 3, 3], [3, 3, 3], [3, 3, 3], [3, 3, 3]],
    },
    # The second sample has no foreground. Of other numbers (seed 7) the gradient of one weight passes 0 within the three steps, and
    # Adam divides by its size: rounding decides where that one goes.
    "2d-smoothed": {
        "dimensions": 2, "inChannels": 1, "filters": [4, 8], "inputShape": [2, 1, 24, 32], "loss": "dice+bce",
        "diceSmoothing": 40, "foreground": 1, "seed": 5,
    },
    # Objects told apart: three outputs, of which the last two are distances inside the foreground.
    "2d-objects": {
        "dimensions": 2, "inChannels": 1, "outChannels": 3, "filters": [4, 8], "inputShape": [2, 1, 24, 32],
        "loss": "dice+bce",
    },
    "3d-objects": {
        "dimensions": 3, "inChannels": 1, "outChannels": 3, "filters": [4, 8], "inputShape": [2, 1, 8, 12, 16],
        "loss": "dice+bce", "diceSmoothing": 40,
    },
    # Kernels between feature maps take steps of Muon.
    "2d-muon": {
        "dimensions": 2, "inChannels": 2, "filters": [4, 6, 8], "inputShape": [2, 2, 32, 32], "loss": "dice+bce",
        "kernelRate": 20,
    },
    "3d-muon": {
        "dimensions": 3, "inChannels": 1, "filters": [4, 8, 16], "inputShape": [1, 1, 8, 16, 32], "loss": "dice+bce",
        "strides": [[1, 1, 1], [1, 2, 2], [2, 2, 2]], "kernelRate": 20,
    },
}
SETTINGS = {"learningRate": 1e-3, "weightDecay": 1e-4, "learningRateDecayPerStep": 0.97}


def strides_of(case):
    """Of each level: where nothing is said 1 at the first and 2 at every other."""
    return case.get("strides", [[1 if level == 0 else 2] * case["dimensions"] for level in range(len(case["filters"]))])


def parameter_shapes(case):
    """Names and shapes in the order of the vectors."""
    filters, dims = case["filters"], case["dimensions"]
    wide, narrow = case.get("kernels", [[3] * dims] * len(filters)), [1] * dims
    strides = strides_of(case)
    shapes = {}

    def conv(block, index, out, inner, kernel):
        shapes[f"{block}.conv{index}.weight"] = [out, inner, *kernel]
        shapes[f"{block}.norm{index}.weight"] = [out]
        shapes[f"{block}.norm{index}.bias"] = [out]

    inner = case["inChannels"]
    for level, out in enumerate(filters):
        conv(f"encoder.{level}", 1, out, inner, wide[level])
        conv(f"encoder.{level}", 2, out, out, wide[level])
        if inner != out or level > 0:
            conv(f"encoder.{level}", 3, out, inner, narrow)
        inner = out
    for level in range(len(filters) - 1):
        shapes[f"up.{level}.weight"] = [filters[level + 1], filters[level], *strides[level + 1]]
    for level in range(len(filters) - 1):
        conv(f"decoder.{level}", 1, filters[level], 2 * filters[level], wide[level])
        conv(f"decoder.{level}", 2, filters[level], filters[level], wide[level])
    shapes["head.weight"] = [case.get("outChannels", 1), filters[0], *narrow]
    shapes["head.bias"] = [case.get("outChannels", 1)]
    return shapes


def initial(shapes, random, dtype):
    """He's normal for kernels; norms near one and zero. Rounded to float32, as they are stored."""
    values = {}
    for name, shape in shapes.items():
        if len(shape) > 1:
            drawn = random.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape)
        else:
            drawn = random.normal(1 if "norm" in name and name.endswith("weight") else 0, 0.1, shape)
        values[name] = torch.from_numpy(drawn.astype("<f4")).to(dtype).requires_grad_()
    return values


def network(case, weights, x):
    conv, transposed = (F.conv2d, F.conv_transpose2d) if case["dimensions"] == 2 else (F.conv3d, F.conv_transpose3d)

    def conv_norm(x, block, index, stride):
        w = weights[f"{block}.conv{index}.weight"]
        y = conv(x, w, stride=stride, padding=[width // 2 for width in w.shape[2:]])
        return F.instance_norm(
            y, weight=weights[f"{block}.norm{index}.weight"], bias=weights[f"{block}.norm{index}.bias"], eps=1e-5
        )

    skips = []
    strides = strides_of(case)
    for level in range(len(case["filters"])):
        block, stride = f"encoder.{level}", strides[level]
        skip = conv_norm(x, block, 3, stride) if f"{block}.conv3.weight" in weights else x
        y = conv_norm(F.leaky_relu(conv_norm(x, block, 1, stride), 0.01), block, 2, 1)
        x = F.leaky_relu(y + skip, 0.01)
        skips.append(x)
    for level in reversed(range(len(case["filters"]) - 1)):
        x = torch.cat([transposed(x, weights[f"up.{level}.weight"], stride=strides[level + 1]), skips[level]], 1)
        for index in (1, 2):
            x = F.leaky_relu(conv_norm(x, f"decoder.{level}", index, 1), 0.01)
    return conv(x, weights["head.weight"], weights["head.bias"])


def loss_of(case, logits, target, weight):
    """Of the foreground, and of both distances where there are three outputs: inside it the mean of how far they diverge."""
    loss = foreground_loss(case, logits[:, :1], target[:, :1], weight)
    if case.get("outChannels", 1) == 1:
        return loss
    inside = weight * target[:, :1]
    t = target[:, 1:]
    least = -torch.special.xlogy(t, t) - torch.special.xlogy(1 - t, 1 - t)
    entropy = F.binary_cross_entropy_with_logits(logits[:, 1:], t, reduction="none")
    return loss + (inside * (entropy - least)).sum() / inside.sum()


def foreground_loss(case, logits, target, weight):
    """Soft Dice of each sample, smoothed, averaged; `dice+bce` adds the cross-entropy averaged over the weights of the batch."""
    axes = list(range(1, logits.ndim))
    p = torch.sigmoid(logits)
    smoothing = case.get("diceSmoothing", 1e-5)
    overlap = 2 * (weight * p * target).sum(axes) + smoothing
    dice = (1 - overlap / ((weight * p).sum(axes) + (weight * target).sum(axes) + smoothing)).mean()
    if case["loss"] == "dice":
        return dice
    bce = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    return dice + (weight * bce).sum() / weight.sum()


def orthogonalised(x):
    """Five rounds of Newton and Schulz's iteration with the polynomial of Muon (Jordan and others, 2024)."""
    a, b, c = 3.4445, -4.7750, 2.0315
    y = x / x.norm()
    for _ in range(5):
        square = y @ y.T
        y = a * y + (b * square + c * square @ square) @ y
    return y


class Muon:
    """Steps of Muon, with Nesterov's momentum and the scale of its authors; `rate` times as far as the learning rate says."""

    def __init__(self, kernels, rate, momentum=0.9):
        self.kernels, self.rate, self.momentum = kernels, rate, momentum
        self.means = [torch.zeros_like(kernel) for kernel in kernels]

    @torch.no_grad()
    def step(self, learning_rate):
        for kernel, mean in zip(self.kernels, self.means):
            gradient = kernel.grad + SETTINGS["weightDecay"] * kernel
            mean.lerp_(gradient, 1 - self.momentum)
            ahead = mean.lerp(gradient, 1 - self.momentum).flatten(1)
            rows, columns = ahead.shape
            far = self.rate * max(1, rows / columns) ** 0.5
            kernel -= learning_rate * far * orthogonalised(ahead).view_as(kernel)


def between_maps(name):
    """Whether a parameter is a kernel that reads feature maps, not the image, and writes feature maps."""
    return name.startswith("up.") or ("conv" in name and name not in ("encoder.0.conv1.weight", "encoder.0.conv3.weight"))


def run(case, seed, dtype=torch.float64):
    random = np.random.default_rng(seed)
    batch, _, *size = case["inputShape"]
    one = (batch, 1, *size)
    target = (random.random(one) < 0.3).astype("<f4")
    target[case.get("foreground", batch) :] = 0
    pixels = random.normal(0, 1, case["inputShape"]) + target
    if case.get("outChannels", 1) > 1:
        distances = random.random((batch, case["outChannels"] - 1, *size)).astype("<f4")
        target = np.concatenate([target, distances], 1)
    # a corner is excluded
    weight = np.ones(one, "<f4")
    weight[..., : size[-2] // 3, : size[-1] // 2] = 0
    weights = initial(parameter_shapes(case), random, dtype)
    x, t, w = (torch.from_numpy(a.astype("<f4")).to(dtype) for a in (pixels, target, weight))

    def flat(values):
        return torch.cat([v.detach().reshape(-1) for v in values]).clone()

    parts = {"input": x, "target": t, "weight": w, "initial": flat(weights.values())}
    kernels = [value for name, value in weights.items() if "kernelRate" in case and between_maps(name)]
    others = [value for value in weights.values() if not any(value is kernel for kernel in kernels)]
    muon = Muon(kernels, case.get("kernelRate"))
    optimiser = torch.optim.Adam(others, SETTINGS["learningRate"], weight_decay=SETTINGS["weightDecay"])
    losses = []
    for step in range(STEPS):
        optimiser.param_groups[0]["lr"] = SETTINGS["learningRate"] * SETTINGS["learningRateDecayPerStep"] ** step
        for value in weights.values():
            value.grad = None
        logits = network(case, weights, x)
        loss = loss_of(case, logits, t, w)
        loss.backward()
        if step == 0:
            parts["logits"] = logits.detach()
            parts["gradient"] = flat(w.grad for w in weights.values())
        optimiser.step()
        muon.step(optimiser.param_groups[0]["lr"])
        losses.append(loss.item())
    parts["final"] = flat(weights.values())
    return parts, losses, weights


folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for number, (name, case) in enumerate(CASES.items()):
    if sys.argv[2:] and name not in sys.argv[2:]:
        continue
    seed = case.get("seed", number + 1)
    parts, losses, weights = run(case, seed)
    single = run(case, seed, torch.float32)[0]["final"]
    far = (single - parts["final"]).norm() / (parts["final"] - parts["initial"]).norm()
    print(f"{name}: single precision ends {far:.1e} of the way from double")
    flat = {key: value.reshape(-1).numpy().astype("<f4") for key, value in parts.items()}
    described = {
        "tool": f"PyTorch {torch.__version__}, float64",
        **case,
        **SETTINGS,
        "losses": losses,
        "parameters": [{"name": key, "shape": list(value.shape)} for key, value in weights.items()],
        "parts": {key: len(value) for key, value in flat.items()},
    }
    (folder / f"{name}.json").write_text(json.dumps(described, indent=1) + "\n")
    np.concatenate(list(flat.values())).tofile(folder / f"{name}.bin")
