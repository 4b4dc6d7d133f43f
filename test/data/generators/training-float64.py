"""Replays golden training cases with PyTorch in double precision: python3 training-float64.py GOLDEN_FOLDER RESULT_FOLDER

For references only; no test runs it. Of each case it writes NAME.json, the loss before each step, and NAME.bin: the logits
of the first network and those of the last on the case's input, one after the other, as little-endian float32.
"""
import json
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

golden, results = Path(sys.argv[1]), Path(sys.argv[2])


def replay(case_file):
    folder = Path(case_file).parent
    case = json.loads(case_file.read_text())
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
    first = network(x).detach()
    optimiser = torch.optim.Adam(weights.values(), case["learningRate"], weight_decay=case["weightDecay"])
    losses = []
    for step, expected in enumerate(case["losses"]):
        optimiser.param_groups[0]["lr"] = case["learningRate"] * case["learningRateDecayPerStep"] ** step
        optimiser.zero_grad()
        loss = loss_of(network(x), target, weight)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
        print(case["name"], step, loss.item(), "single precision", expected)
    logits = torch.cat([first.reshape(-1), network(x).detach().reshape(-1)])
    logits.numpy().astype("<f4").tofile(results / f"{case['name']}.bin")
    (results / f"{case['name']}.json").write_text(json.dumps({"losses": losses}, indent=2) + "\n")


for case_file in sorted(golden.glob("*/case.json")):
    replay(case_file)
