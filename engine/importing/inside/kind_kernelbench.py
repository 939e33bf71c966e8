"""A PyTorch module against a reference: outputs first, then times on the device."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from typing import Any

TRIALS, WARM = 20, 3
DOUBTFUL = 10.0  # times as fast as the reference: more often a fault than a feat


def report(plan: dict[str, Any]) -> dict[str, Any]:
    """Return the speedup and the milliseconds of both."""
    torch = importlib.import_module("torch")
    if not torch.cuda.is_available():
        raise RuntimeError("no GPU in this sandbox; [sandbox] gpus asks Docker for one")
    reference = _load(os.path.join(plan["root"], "evaluator", "reference.py"), "reference")
    program = _load(os.path.join(plan["root"], plan["program"]), "program")
    wanted, found = (
        _made(torch, getattr(module, name), reference)
        for module, name in ((reference, "Model"), (program, "ModelNew"))
    )
    why = _difference(torch, wanted, found, reference)
    if why:
        return {"failed": why}
    times = [_milliseconds(torch, model, reference) for model in (wanted, found)]
    speedup = times[0] / max(times[1], 1e-9)
    if speedup > DOUBTFUL:
        return {"failed": f"{speedup:.3g} times as fast as the reference: to be looked at by hand"}
    return {
        "metrics": {plan["objective"]: speedup, "reference_ms": times[0], "program_ms": times[1]}
    }


def _load(path: str, name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _made(torch: Any, model: Any, reference: Any) -> Any:
    torch.manual_seed(0)
    return model(*reference.get_init_inputs()).cuda().eval()


def _inputs(torch: Any, reference: Any, seed: int) -> list[Any]:
    torch.manual_seed(seed)
    return [each.cuda() if hasattr(each, "cuda") else each for each in reference.get_inputs()]


def _difference(torch: Any, wanted: Any, found: Any, reference: Any) -> str:
    """Return how the outputs differ on inputs that nobody saw, "" when they agree."""
    for seed in (1, 2, 3):
        with torch.no_grad():
            first = wanted(*_inputs(torch, reference, seed))
            second = found(*_inputs(torch, reference, seed))
        if first.shape != second.shape:
            return f"the output has shape {tuple(second.shape)}, wanted {tuple(first.shape)}"
        tolerance = 1e-4 if first.dtype is torch.float32 else 1e-2
        if not torch.allclose(first, second, rtol=tolerance, atol=tolerance):
            return f"outputs differ by {float((first - second).abs().max()):.3g}"
    return ""


def _milliseconds(torch: Any, model: Any, reference: Any) -> float:
    """Return the least time of a few runs, by the device's own clock."""
    inputs = _inputs(torch, reference, 4)
    best = float("inf")
    with torch.no_grad():
        for at in range(WARM + TRIALS):
            begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            begin.record()
            model(*inputs)
            end.record()
            torch.cuda.synchronize()
            if at >= WARM:
                best = min(best, begin.elapsed_time(end))
    return best
