"""For comparing only: checks that network.py is the network of the golden training cases.

usage: check_golden.py FOLDER   (the folder of the cases); exit status 1 where logits or the first loss differ
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import torch

from network import ResidualUnet, cross_entropy, load_flat, soft_dice

TOLERANCE = 1e-4


def check(folder: Path) -> bool:
    case = json.loads((folder / "case.json").read_text())
    shape = case["inputShape"]
    values = {name: np.fromfile(folder / f"{name}.bin", "<f4") for name in ("initial", "input", "logits0")}
    form = (case["filters"], case.get("strides"), case.get("kernels"))
    network = ResidualUnet(case["dimensions"], case["inChannels"], *form)
    names = [name for name, _ in network.named_parameters()]
    ordered = names == [parameter["name"] for parameter in case["parameters"]]
    load_flat(network, values["initial"])
    target, weight = (
        torch.from_numpy(np.fromfile(folder / f"{name}.bin", "<f4")).reshape(shape[0], 1, *shape[2:])
        for name in ("target", "weight")
    )
    with torch.no_grad():
        logits = network(torch.from_numpy(values["input"]).reshape(shape))
        loss = soft_dice(logits, target, weight)
        if case["loss"] == "dice+bce":
            loss = loss + cross_entropy(logits, target, weight)
    difference = float(np.abs(logits.numpy().ravel() - values["logits0"]).max())
    off = abs(float(loss) - case["losses"][0])
    good = ordered and difference < TOLERANCE and off < TOLERANCE
    print(json.dumps({"case": case["name"], "logits": difference, "loss": off, "sameOrder": ordered, "good": good}))
    return good


def main() -> None:
    cases = sorted(path.parent for path in Path(sys.argv[1]).glob("*/case.json"))
    results = [check(folder) for folder in cases]
    sys.exit(0 if results and all(results) else 1)


if __name__ == "__main__":
    main()
