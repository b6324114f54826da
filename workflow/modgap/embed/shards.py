"""Embeddings kept on the way: a job that is killed loses one shard, not hours."""

import hashlib
import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from modgap.embed.batches import encode_all
from modgap.formats.files import whole_file

_log = logging.getLogger(__name__)
# Of an image encoder on a GPU some ten seconds, on a CPU some minutes to half an hour.
ROWS = 2**15


class Shards:
    """What has been encoded of one file, in a folder beside it, until the file is written.

    Parameters
    ----------
    path : path
        The file of embeddings that is being made.
    key : dict
        All that decides its bits, as JSON has it: shards of anything else are thrown away.
    """

    def __init__(self, path: str | Path, key: dict):
        path = Path(path)
        self.folder = path.with_name(f".{path.name}.shards")
        digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:16]
        self.digest = digest
        for other in self.folder.glob("*.npy"):
            if not other.name.startswith(digest):
                other.unlink()

    def read(self, start: int, rows: int) -> np.ndarray | None:
        """Rows start … start + rows − 1 as an earlier job left them, None if it did not."""
        path = self._path(start)
        if not path.is_file():
            return None
        try:
            vectors = np.load(path)
        except (OSError, ValueError, EOFError) as error:
            _log.warning("%s: not readable (%s); encoded anew", path, error)
            return None
        return vectors if len(vectors) == rows else None

    def write(self, start: int, vectors: np.ndarray) -> None:
        """Keep the rows from `start` on."""
        with whole_file(self._path(start)) as partial:
            np.save(partial, vectors)

    def remove(self) -> None:
        """Forget them all: the file is written."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, start: int) -> Path:
        return self.folder / f"{self.digest}-{start:010d}.npy"


def encode_in_shards(
    encode: Callable[[torch.Tensor], torch.Tensor],
    read: Callable[[int, int], np.ndarray],
    total: int,
    batch_size: int,
    device: torch.device,
    what: str,
    shards: Shards | None,
) -> tuple[np.ndarray, int]:
    """As `encode_all`, with the same bits on a CPU, going on where an earlier job was killed.

    Parameters
    ----------
    encode, read, total, batch_size, device, what
        As `encode_all` has them.
    shards : Shards or None
        Where to keep what is encoded; None, or fewer items than fill one shard: nowhere.

    Returns
    -------
    (total, d) float32, int
        The embeddings, and the batch size that fitted.
    """
    # Whole batches, so that they are the same ones as without shards.
    rows = max(1, ROWS // batch_size) * batch_size
    if shards is None or total <= rows:
        return encode_all(encode, read, total, batch_size, device, what)
    parts, fitted, kept = [], batch_size, 0
    for start in range(0, total, rows):
        stop = min(start + rows, total)
        vectors = shards.read(start, stop - start)
        if vectors is None:

            def from_here(i: int, j: int, start: int = start) -> np.ndarray:
                return read(start + i, start + j)

            name = f"of {total} {what}, from {start} on"
            vectors, fitted = encode_all(encode, from_here, stop - start, fitted, device, name)
            shards.write(start, vectors)
        else:
            kept += stop - start
        parts.append(vectors)
    if kept:
        _log.info("%d of %d %s by an earlier job that did not end", kept, total, what)
    return np.concatenate(parts), fitted
