"""For comparing only: checks that network.py is the network of the golden training cases, and where they end in single precision.

usage: check_golden.py FOLDER   (the folder of the cases); exit status 1 where logits or the first loss differ

`ends`: how far the logits of the last network lie from those in double precision, by the largest of them, where all is computed
in single precision: as it is, without oneDNN, and from weights that differ by half of a last digit. Adam divides each gradient
by its own size, so where one is nearly 0 rounding decides the step, and a case has several ends.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import torch

from network import ResidualUnet, cross_entropy, load_flat, soft_dice

TOLERANCE = 1e-4
# about half of a last digit of single precision
ROUNDING = 6e-8
PERTURBED = 6


class Case:
    def __init__(self, folder: Path) -> None:
        self.case = json.loads((folder / "case.json").read_text())
        self.folder = folder
        self.shape = self.case["inputShape"]

    def values(self, name: str) -> np.ndarray:
        return np.fromfile(self.folder / f"{name}.bin", "<f4")

    def network(self) -> ResidualUnet:
        form = (self.case["filters"], self.case.get("strides"), self.case.get("kernels"))
        return ResidualUnet(self.case["dimensions"], self.case["inChannels"], *form)

    def batch(self, dtype: torch.dtype = torch.float32) -> list[torch.Tensor]:
        """Input, target and weight, (n, c, (z,) y, x)."""
        shapes = {"input": self.shape, "target": [self.shape[0], 1, *self.shape[2:]]}
        return [
            torch.from_numpy(self.values(name)).reshape(shapes.get(name, shapes["target"])).to(dtype)
            for name in ("input", "target", "weight")
        ]

    def loss(self, logits: torch.Tensor, target: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        loss = soft_dice(logits, target, weight)
        return loss + cross_entropy(logits, target, weight) if self.case["loss"] == "dice+bce" else loss

    def end(self, initial: np.ndarray, dtype: torch.dtype = torch.float32) -> np.ndarray:
        """Logits of the network after all steps, flat."""
        network = self.network()
        load_flat(network, initial)
        network.to(dtype)
        image, target, weight = self.batch(dtype)
        optimiser = torch.optim.Adam(network.parameters(), self.case["learningRate"], weight_decay=self.case["weightDecay"])
        decay = torch.optim.lr_scheduler.ExponentialLR(optimiser, self.case["learningRateDecayPerStep"])
        for _ in self.case["losses"]:
            optimiser.zero_grad()
            self.loss(network(image), target, weight).backward()
            optimiser.step()
            decay.step()
        with torch.no_grad():
            return network(image).double().numpy().ravel()

    def ends(self) -> list[float]:
        initial = self.values("initial")
        truth = self.end(initial, torch.float64)
        ends = [self.end(initial)]
        with torch.backends.mkldnn.flags(enabled=False):
            ends.append(self.end(initial))
        for seed in range(PERTURBED):
            noise = ROUNDING * np.random.default_rng(seed).standard_normal(len(initial))
            ends.append(self.end((initial * (1 + noise)).astype("<f4")))
        return [float(f"{np.abs(end - truth).max() / np.abs(truth).max():.1e}") for end in ends]


def check(folder: Path) -> bool:
    golden = Case(folder)
    case, network = golden.case, golden.network()
    names = [name for name, _ in network.named_parameters()]
    ordered = names == [parameter["name"] for parameter in case["parameters"]]
    load_flat(network, golden.values("initial"))
    image, target, weight = golden.batch()
    with torch.no_grad():
        logits = network(image)
        loss = golden.loss(logits, target, weight)
    difference = float(np.abs(logits.numpy().ravel() - golden.values("logits0")).max())
    off = abs(float(loss) - case["losses"][0])
    good = ordered and difference < TOLERANCE and off < TOLERANCE
    said = {"case": case["name"], "logits": difference, "loss": off, "sameOrder": ordered, "good": good}
    print(json.dumps({**said, "ends": golden.ends()}), flush=True)
    return good


def main() -> None:
    cases = sorted(path.parent for path in Path(sys.argv[1]).glob("*/case.json"))
    results = [check(folder) for folder in cases]
    sys.exit(0 if results and all(results) else 1)


if __name__ == "__main__":
    main()
