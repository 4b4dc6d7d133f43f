"""For comparing only: measures one row of `npm run -s bench -- peers` with PyTorch.

usage: twin.py TASK   (JSON: kind, filters, size, batch, device, threads, variant; for a volume window and overlap)

A variant is one or more of these, joined by +: eager (PyTorch's defaults, so TF32 convolutions on CUDA), fp32 (no TF32),
channels-last, bf16 or fp16 (autocast), compile (torch.compile). As ours it starts and ends in the host's memory; a
training step is less than ours, which also averages the weights. What is said and heard is told in contender.ts.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

from network import ResidualUnet, dice_and_cross_entropy
from sliding_window import predict

TYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}
FORMATS = {2: torch.channels_last, 3: torch.channels_last_3d}
PARTS = {"eager", "fp32", "channels-last", "compile", *TYPES}


class Variant:
    """One way to run a network."""

    def __init__(self, name: str, dimensions: int, device: torch.device) -> None:
        parts = set(name.split("+"))
        if parts - PARTS:
            raise SystemExit(f"twin.py: expected variants of {', '.join(sorted(PARTS))}, got {name}")
        torch.backends.cudnn.allow_tf32 = "fp32" not in parts
        torch.backends.cudnn.benchmark = True
        self.device = device
        self.format = FORMATS[dimensions] if "channels-last" in parts else torch.contiguous_format
        self.type = next((TYPES[part] for part in sorted(parts & TYPES.keys())), None)
        self.compiled = "compile" in parts

    def network(self, filters: list[int], dimensions: int) -> torch.nn.Module:
        network = ResidualUnet(dimensions, 1, filters).to(self.device, memory_format=self.format)
        return torch.compile(network) if self.compiled else network

    def autocast(self) -> AbstractContextManager[None]:
        return torch.autocast(self.device.type, self.type) if self.type else nullcontext()

    def upload(self, values: Tensor) -> Tensor:
        return values.to(self.device, non_blocking=True).contiguous(memory_format=self.format)


def prediction(task: dict, variant: Variant) -> tuple[Callable[[], object], Callable[[], object]]:
    """The row's work, and the same again to warm up."""
    network = variant.network(task["filters"], len(task["size"])).eval()
    values = torch.randn(task["batch"], 1, *task["size"])

    def work() -> Tensor:
        with torch.inference_mode(), variant.autocast():
            return torch.sigmoid(network(variant.upload(values)).float()).cpu()

    return work, work


def training(task: dict, variant: Variant) -> tuple[Callable[[], object], Callable[[], object]]:
    network = variant.network(task["filters"], len(task["size"])).train()
    optimiser = torch.optim.Adam(network.parameters(), 1e-3, fused=variant.device.type == "cuda")
    scaler = torch.amp.GradScaler(variant.device.type, enabled=variant.type == torch.float16)
    values = torch.randn(task["batch"], 1, *task["size"])
    masks, weights = (values > 0.5).float(), torch.ones_like(values)

    def work() -> float:
        batch, target, weight = (variant.upload(one) for one in (values, masks, weights))
        with variant.autocast():
            logits = network(batch)
        loss = dice_and_cross_entropy(logits.float(), target, weight)
        optimiser.zero_grad(set_to_none=True)
        scaler.scale(loss).backward()
        scaler.step(optimiser)
        scaler.update()
        return loss.item()

    return work, work


def volume(task: dict, variant: Variant) -> tuple[Callable[[], object], Callable[[], object]]:
    network = variant.network(task["filters"], 3).eval()
    window, batch = task["window"], task["batch"]
    padded = [max(s, w) for s, w in zip(task["size"], window)]
    values = torch.randn(1, *padded)
    windows = torch.randn(batch, 1, *window)

    def on_device(x: Tensor) -> Tensor:
        return network(x.contiguous(memory_format=variant.format))

    def work() -> Tensor:
        with torch.inference_mode(), variant.autocast():
            return predict(on_device, values.to(variant.device), window, task["overlap"], batch)[0].cpu()

    def one() -> Tensor:
        with torch.inference_mode(), variant.autocast():
            return on_device(variant.upload(windows)).cpu()

    return work, one


KINDS = {"predict": prediction, "train": training, "volume": volume}


def measure(work: Callable[[], object], seconds: float) -> dict[str, list[float]]:
    times: list[float] = []
    processor: list[float] = []
    begin = time.perf_counter()
    while not times or time.perf_counter() - begin < seconds:
        start, before = time.perf_counter(), time.process_time()
        work()
        synchronise()
        times.append(time.perf_counter() - start)
        processor.append(time.process_time() - before)
    return {"times": times, "processor": processor}


def synchronise() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def memory() -> dict[str, int]:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    of_process = {"peakMemoryMB": round(peak / (2**20 if sys.platform == "darwin" else 2**10))}
    if not torch.cuda.is_initialized():
        return of_process
    return {**of_process, "deviceMemoryMB": round(torch.cuda.max_memory_reserved() / 2**20)}


def tell(message: dict) -> None:
    print(json.dumps(message), flush=True)


def main() -> None:
    task = json.loads(sys.argv[1])
    torch.set_num_threads(task["threads"])
    torch.manual_seed(1)
    device = torch.device(task["device"])
    work, warm_up = KINDS[task["kind"]](task, Variant(task["variant"], len(task["size"]), device))
    for _ in range(2):
        warm_up()
    tell({"variant": task["variant"], "device": task["device"]})
    for line in sys.stdin:
        # the others need the memory between the rounds
        if device.type == "cuda":
            warm_up()
            synchronise()
        tell(measure(work, float(line)))
        if device.type == "cuda":
            torch.cuda.empty_cache()
    tell(memory())


if __name__ == "__main__":
    main()
