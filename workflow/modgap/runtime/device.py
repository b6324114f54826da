"""Which device computes, in which precision, and how repeatably."""

import logging
import os
import random
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch

from modgap.errors import InputError
from modgap.runtime.gpu import count_gpus

log = logging.getLogger(__name__)

PRECISIONS = ("fp32", "bf16", "fp16", "amp")


def choose_device(name: str = "auto") -> torch.device:
    """The device of a configuration entry: "auto", "cpu", "cuda" or "cuda:N".

    "auto" is the first GPU if there is one, else the CPU, with a warning. So is "cpu" where a GPU
    stands idle. Raises `InputError` for any other name and for a GPU that is not there: a run that
    asked for a GPU must not crawl on the CPU unseen.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda:0")
        log.warning("device auto: %s; computing on the CPU", _why_no_gpu())
        return torch.device("cpu")
    if name == "cpu":
        if (count := count_gpus()) and os.environ.get("CUDA_VISIBLE_DEVICES") != "":
            log.warning("device cpu: the %d GPUs of this machine are not used", count)
        return torch.device("cpu")
    kind, _, number = name.partition(":")
    if kind != "cuda" or (number and not number.isdigit()) or name.endswith(":"):
        raise InputError(f"device {name!r}: expected auto, cpu, cuda or cuda:N (N = 0, 1, …)")
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if int(number or 0) >= count:
        visible = os.environ.get("CUDA_VISIBLE_DEVICES")
        hint = "" if visible is None else f" (CUDA_VISIBLE_DEVICES is {visible!r})"
        raise InputError(
            f"device {name!r}: this machine shows {count} CUDA devices{hint}. Set the device to "
            "cpu or auto, or check the driver with nvidia-smi"
        )
    return torch.device("cuda", int(number or 0))


def _why_no_gpu() -> str:
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if not (count := count_gpus()):
        return "no GPU on this machine"
    hint = "check the driver with nvidia-smi"
    if visible is not None:
        hint = f"CUDA_VISIBLE_DEVICES is {visible!r}"
    return f"this machine has {count} GPUs, but torch sees none ({hint})"


def check_precision(precision: str) -> str:
    """`precision` itself, or an `InputError` if it is none of `PRECISIONS`.

    "fp32": everything in float32. "bf16", "fp16": weights and inputs in that type, layer norms in
    float32. "amp": float32 weights under autocast (float16 on a GPU, bfloat16 on a CPU), which is
    what the paper's scripts use.
    """
    if precision not in PRECISIONS:
        raise InputError(f"precision {precision!r}: expected one of {', '.join(PRECISIONS)}")
    return precision


def input_dtype(precision: str) -> torch.dtype:
    """The type that images have when they enter a model of that precision."""
    return {"bf16": torch.bfloat16, "fp16": torch.float16}.get(precision, torch.float32)


def autocast(precision: str, device: torch.device) -> AbstractContextManager:
    """The autocast context of "amp"; for any other precision a context that does nothing."""
    return torch.autocast(device.type) if precision == "amp" else nullcontext()


def make_repeatable(seed: int = 0) -> None:
    """Seed Python, NumPy and torch, and ask torch for deterministic kernels.

    On a CPU the same seed, thread count and batch size then give the same bits. On a GPU an
    operation without a deterministic kernel warns instead of stopping the run. Float32 means
    float32: TensorFloat-32 is switched off for convolutions as it is for matrix products.
    """
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - libraries below still read the global generator
    torch.manual_seed(seed)
    # Read by cuBLAS when it starts; without it deterministic matrix products are refused.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True, warn_only=True)
    # Else every torch.empty is filled with NaN, which finds faults in code but costs time.
    torch.utils.deterministic.fill_uninitialized_memory = False
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.allow_tf32 = False
