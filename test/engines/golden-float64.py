"""Replays a golden case with PyTorch in double precision: python3 golden-float64.py CASE_FOLDER RESULT.bin

The weights after its last step, as little-endian float32 in the order of case.json. `2d-dice-float64.bin` was made so
with PyTorch 2.13.
"""
import json
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

folder, result = Path(sys.argv[1]), sys.argv[2]
case = json.loads((folder / "case.json").read_text())
dimensions = case["dimensions"]
conv, transposed = (F.conv2d, F.conv_transpose2d) if dimensions == 2 else (F.conv3d, F.conv_transpose3d)


def read(name):
    return torch.from_numpy(np.fromfile(folder / f"{name}.bin", "<f4")).to(torch.float64)


def image(name, channels):
    return read(name).reshape(case["inputShape"][0], channels, *case["inputShape"][2:])


weights, flat, start = {}, read("initial"), 0
for parameter in case["parameters"]:
    length = int(np.prod(parameter["shape"]))
    values = flat[start : start + length].reshape(parameter["shape"]).clone()
    weights[parameter["name"]] = values.requires_grad_()
    start += length


def conv_norm(x, block, index, stride):
    w = weights[f"{block}.conv{index}.weight"]
    y = conv(x, w, stride=stride, padding=w.shape[2] // 2)
    scale, shift = weights[f"{block}.norm{index}.weight"], weights[f"{block}.norm{index}.bias"]
    return F.instance_norm(y, weight=scale, bias=shift, eps=1e-5)


def network(x):
    skips = []
    for level in range(len(case["filters"])):
        block, stride = f"encoder.{level}", 1 if level == 0 else 2
        skip = conv_norm(x, block, 3, stride) if f"{block}.conv3.weight" in weights else x
        y = conv_norm(F.leaky_relu(conv_norm(x, block, 1, stride), 0.01), block, 2, 1)
        x = F.leaky_relu(y + skip, 0.01)
        skips.append(x)
    for level in reversed(range(len(case["filters"]) - 1)):
        block = f"decoder.{level}"
        x = torch.cat([transposed(x, weights[f"up.{level}.weight"], stride=2), skips[level]], 1)
        for index in (1, 2):
            x = F.leaky_relu(conv_norm(x, block, index, 1), 0.01)
    return conv(x, weights["head.weight"], weights["head.bias"])


def loss_of(logits, target, weight):
    axes = list(range(1, logits.ndim))
    p = torch.sigmoid(logits)
    overlap = 2 * (weight * p * target).sum(axes) + 1e-5
    dice = (1 - overlap / ((weight * p).sum(axes) + (weight * target).sum(axes) + 1e-5)).mean()
    if case["loss"] == "dice":
        return dice
    bce = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    return dice + (weight * bce).sum() / weight.sum()


x, target, weight = image("input", case["inChannels"]), image("target", 1), image("weight", 1)
optimiser = torch.optim.Adam(weights.values(), case["learningRate"], weight_decay=case["weightDecay"])
for step, golden in enumerate(case["losses"]):
    optimiser.param_groups[0]["lr"] = case["learningRate"] * case["learningRateDecayPerStep"] ** step
    optimiser.zero_grad()
    loss = loss_of(network(x), target, weight)
    loss.backward()
    optimiser.step()
    print(step, loss.item(), "golden", golden)
torch.cat([w.detach().reshape(-1) for w in weights.values()]).numpy().astype("<f4").tofile(result)
