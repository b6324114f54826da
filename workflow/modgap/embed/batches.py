"""Feeding a model: batches prepared ahead, and a batch size that survives a full memory."""

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator

import numpy as np
import torch

from modgap.errors import InputError
from modgap.runtime.progress import Progress

_log = logging.getLogger(__name__)
_AHEAD = 3  # batches in flight: one computing, one copied, one being read

Batch = tuple[int, int, torch.Tensor]


def encode_all(
    encode: Callable[[torch.Tensor], torch.Tensor],
    read: Callable[[int, int], np.ndarray],
    total: int,
    batch_size: int,
    device: torch.device,
    what: str,
) -> tuple[np.ndarray, int]:
    """Encode items 0 … total − 1 and return their (total, d) float32 embeddings.

    `encode` maps a batch on the device to (b, d) float32; `read(start, stop)` gives items as an
    array. When memory runs out the batch size is halved and kept for what follows; it is the
    second value returned. Raises `InputError` if even one item does not fit.
    """
    vectors: torch.Tensor | None = None
    done, progress = 0, Progress(total, what)
    while done < total:
        running, full = _Running(device), False
        try:
            for start, stop, batch in _batches(read, done, total, batch_size, device):
                encoded = encode(batch)
                if vectors is None:
                    vectors = _empty(total, encoded.shape[1], device)
                # Asynchronous on a GPU (the target is pinned): the next batch need not wait.
                vectors[start:stop].copy_(encoded, non_blocking=True)
                running.add()
                done = stop
                progress.add(stop - start)
        except (RuntimeError, MemoryError) as error:
            if not _out_of_memory(error):
                raise
            full = True
        finally:
            running.wait()
        if full:
            # Out here the error is gone, and with it what its traceback held in memory.
            batch_size = _halve(batch_size, device, what)
    assert vectors is not None
    return vectors.numpy(), batch_size


def _empty(rows: int, columns: int, device: torch.device) -> torch.Tensor:
    return torch.empty(rows, columns, dtype=torch.float32, pin_memory=device.type == "cuda")


def _out_of_memory(error: BaseException) -> bool:
    full = isinstance(error, torch.OutOfMemoryError | MemoryError)
    return full or "can't allocate memory" in str(error)


def _halve(batch_size: int, device: torch.device, what: str) -> int:
    if batch_size == 1:
        raise InputError(
            f"{what}: a single item does not fit into the memory of {device}; choose a device "
            "with more memory, or precision bf16"
        )
    _log.warning("%s: out of memory on %s, batch size now %d", what, device, batch_size // 2)
    if device.type == "cuda":
        torch.cuda.empty_cache()
    return batch_size // 2


class _Running:
    """Keeps the host from queueing work on a GPU further than a few batches ahead."""

    def __init__(self, device: torch.device):
        self.device = device
        self.events: deque = deque()

    def add(self) -> None:
        if self.device.type == "cuda":
            self.events.append(torch.cuda.current_stream(self.device).record_event())
            if len(self.events) >= _AHEAD:
                self.events.popleft().synchronize()

    def wait(self) -> None:
        if self.events:
            self.events.pop().synchronize()


def _batches(
    read: Callable[[int, int], np.ndarray],
    first: int,
    total: int,
    batch_size: int,
    device: torch.device,
) -> Iterator[Batch]:
    spans = [(i, min(i + batch_size, total)) for i in range(first, total, batch_size)]
    if device.type != "cuda":
        # On a CPU reading ahead would only take cores from the model.
        return ((i, j, torch.from_numpy(read(i, j))) for i, j in spans)
    return _copied_ahead(read, spans, device)


def _copied_ahead(
    read: Callable[[int, int], np.ndarray], spans: list[tuple[int, int]], device: torch.device
) -> Iterator[Batch]:
    """Batches on the GPU: a thread reads, pins and copies them while the model computes."""
    ready: queue.Queue = queue.Queue(_AHEAD - 1)
    stop = threading.Event()
    stream = torch.cuda.Stream(device)

    def copy() -> None:
        try:
            for i, j in spans:
                pinned = torch.from_numpy(read(i, j)).pin_memory()
                with torch.cuda.stream(stream):
                    batch = pinned.to(device, non_blocking=True)
                    copied = stream.record_event()
                _put(ready, (i, j, batch, copied), stop)
                if stop.is_set():
                    return
        except BaseException as error:
            _put(ready, error, stop)

    thread = threading.Thread(target=copy, name="copy-ahead", daemon=True)
    thread.start()
    try:
        for _ in spans:
            item = ready.get()
            if isinstance(item, BaseException):
                raise item
            i, j, batch, copied = item
            current = torch.cuda.current_stream(device)
            current.wait_event(copied)
            # Its memory belongs to the copying stream: not to be reused before the model is done.
            batch.record_stream(current)
            yield i, j, batch
    finally:
        stop.set()
        thread.join()


def _put(ready: queue.Queue, item: object, stop: threading.Event) -> None:
    """Wait for room, but not beyond the end of the reader."""
    while not stop.is_set():
        try:
            return ready.put(item, timeout=0.2)
        except queue.Full:
            continue
    return None
