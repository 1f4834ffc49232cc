"""Train and draw on a GPU for at most eight minutes: seconds a step, images a second, memory, at 64 and 128 pixels.

    python benchmarks/gpu -o benchmarks/results/gpu.json            # on a GPU: fp32, bf16 and compiled, preset full
    python benchmarks/gpu --short --device cpu -o /tmp/short.json   # the same on a CPU, a few steps of preset tiny

Images are noise made here, since a step takes as long whatever it is fed; nothing is read or downloaded. What does not
fit into the time is left out, and the file says so.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

_SAMPLES, _FACTORS, _PHASES = 2000, 6, ("encoder", "draft", "denoiser")
_LIMIT = 8 * 60


def made(size: int, samples: int) -> Any:
    """Pairs of noise, each with a do on one of six factors."""
    import numpy as np

    from cdm.data.pairs import Pairs
    from cdm.scm.codes import Code, Factor
    from cdm.scm.domains import Continuous

    rng = np.random.default_rng(0)
    code = Code(tuple(Factor(f"z{i}", Continuous(0.0, 1.0)) for i in range(_FACTORS)))
    images = {name: rng.integers(0, 256, (samples, size, size, 3), np.uint8) for name in ("image", "image_cf")}
    values = rng.random((samples, _FACTORS), np.float32)
    mask = np.eye(_FACTORS, dtype=np.float32)[rng.integers(0, _FACTORS, samples)]
    return Pairs(code, {**images, "do_mask": mask, "do_value": values * mask, "factors": values, "factors_cf": values})


def measured(
    size: int, precision: str, preset: str, device: str, steps: int, drawn: int, compiled: bool = False
) -> dict[str, Any]:
    """One size at one precision, ``compiled`` or as it is."""
    import torch

    from cdm import config
    from cdm.training import machine, objectives, phases, run, train

    options = config.make(preset, precision=precision, graph="given")
    begun = run.start(made(size, _SAMPLES if steps > 5 else 100), options, None, device, torch.ones(6, 6).triu(1))
    figures: dict[str, Any] = {"parameters": sum(p.numel() for p in begun.model.parameters())}
    by = machine.accelerator(begun.device, precision)
    if compiled:
        machine.compile_([begun.model.encoder, begun.model.draft, begun.model.denoiser])
    for phase in (part for part in phases.plan(options) if part.name in _PHASES):
        parts = objectives.of(phase.name, options)
        optimiser = train.optimiser_of(begun.model, phase)
        began = 0.0
        for step in range(steps + 2):
            if step == 2:
                _wait(device)
                began = time.monotonic()
            terms = {}
            with by.autocast():
                terms = objectives.terms(
                    parts, begun.model, options, objectives.draw(parts, begun.source, options, phase, step)
                )
            optimiser.zero_grad(set_to_none=True)
            by.backward(torch.stack([value.float() for value in terms.values()]).sum())
            optimiser.step()
        _wait(device)
        figures[phase.name] = {
            "ms a step": round(1000 * (time.monotonic() - began) / steps, 2),
            "batch": getattr(options, f"{phase.knob}_batch"),
            "minutes, whole phase": round((time.monotonic() - began) / steps * phase.steps / 60, 1),
        }
    with torch.no_grad():
        begun.model.mechanisms.remember(torch.rand(100, _FACTORS, device=device))
        began = time.monotonic()
        begun.model.eval().sample({}, drawn)
        _wait(device)
    figures["samples a second, 30 steps"] = round(drawn / (time.monotonic() - began), 1)
    if device.startswith("cuda"):
        figures["peak MB"] = torch.cuda.max_memory_allocated() // 2**20
        torch.cuda.reset_peak_memory_stats()
    return figures


def _wait(device: str) -> None:
    import torch

    if device.startswith("cuda"):
        torch.cuda.synchronize()


def main() -> None:
    """Measure, and write the file after each part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--short", action="store_true", help="a few steps of the preset tiny: does it run at all")
    options = parser.parse_args()
    import torch

    began, cuda = time.monotonic(), options.device.startswith("cuda")
    name = torch.cuda.get_device_name() if cuda else f"CPU, {torch.get_num_threads()} threads"
    kept: dict[str, Any] = {"device": name, "torch": torch.__version__, "short": options.short, "left out": []}
    for size in (64, 128):
        for precision, compiled in (("fp32", False), ("bf16", False), ("bf16", True)):
            key = f"{size} px, {precision}{', compiled' if compiled else ''}"
            if time.monotonic() - began > _LIMIT * 0.7:
                kept["left out"].append(key)
                continue
            short = (3, 4) if options.short else (100, 256)
            preset = "tiny" if options.short else "full"
            kept[key] = measured(size, precision, preset, options.device, *short, compiled=compiled)
            kept |= {"seconds": round(time.monotonic() - began), "load": round(os.getloadavg()[0], 2)}
            options.out.write_text(json.dumps(kept, indent=1) + "\n")
            print(key, json.dumps(kept[key]), flush=True)


if __name__ == "__main__":
    main()
