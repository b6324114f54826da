import gzip
import hashlib
import logging
import pickle

import numpy as np
import pytest

from modgap.errors import InputError
from modgap.mad import mnist as module
from modgap.mad.mnist import ARRAYS, IDX_FILES, fetch_mnist


def idx(array):
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


@pytest.fixture
def small(monkeypatch):
    """A stand-in of 5 + 2 images whose checksums the module is told to expect."""
    rng = np.random.default_rng(0)
    arrays = {
        "train_images": rng.integers(256, size=(5, 28, 28), dtype=np.uint8),
        "train_labels": rng.integers(10, size=5, dtype=np.uint8),
        "test_images": rng.integers(256, size=(2, 28, 28), dtype=np.uint8),
        "test_labels": rng.integers(10, size=2, dtype=np.uint8),
    }
    digests = {name: hashlib.sha256(array.tobytes()).hexdigest() for name, array in arrays.items()}
    monkeypatch.setattr(module, "DIGESTS", digests)
    return arrays


@pytest.fixture
def folder(tmp_path, small):
    raw = tmp_path / "raw"
    raw.mkdir()
    for number, (name, array) in enumerate(small.items()):
        data = idx(array)
        if number % 2:
            (raw / f"{IDX_FILES[name]}.gz").write_bytes(gzip.compress(data))
        else:
            (raw / IDX_FILES[name]).write_bytes(data)
    return raw


def table(tmp_path, *rows):
    path = tmp_path / "sources.tsv"
    path.write_text("dataset\tkind\tlocation\tformat\tpath\n" + "".join(row + "\n" for row in rows))
    return path


def url_row(folder, name="idx\t{name}"):
    return f"mnist\turl\t{folder.as_uri()}/\t{name}"


def written(folder):
    return {name: np.load(folder / f"{name}.npy") for name in ARRAYS}


def test_configured_folder(tmp_path, small, folder):
    fetch_mnist(tmp_path / "out", str(folder), tmp_path / "no-table.tsv")
    for name, array in written(tmp_path / "out").items():
        assert array.dtype == np.uint8
        np.testing.assert_array_equal(array, small[name])


def test_an_unusable_configured_folder_is_never_replaced(tmp_path, small, folder):
    for name in IDX_FILES.values():
        (folder / f"{name}.copy.gz").write_bytes(b"")
    good = table(tmp_path, url_row(folder, "idx\t{name}"))
    out = tmp_path / "out"
    with pytest.raises(
        InputError, match=r"mnist\.folder: .* is no folder.*train-images-idx3-ubyte"
    ):
        fetch_mnist(out, str(tmp_path / "none"), good)
    (folder / IDX_FILES["test_labels"]).unlink(missing_ok=True)
    (folder / f"{IDX_FILES['test_labels']}.gz").unlink()
    with pytest.raises(InputError, match=r"has neither t10k-labels-idx1-ubyte nor .*gz"):
        fetch_mnist(out, str(folder), good)
    assert not out.exists()


def test_truncated_file_in_the_folder(tmp_path, folder):
    path = folder / IDX_FILES["train_images"]
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match="train-images-idx3-ubyte: truncated"):
        fetch_mnist(tmp_path / "out", str(folder), "")


def test_one_changed_pixel_is_a_wrong_checksum(tmp_path, folder):
    path = folder / IDX_FILES["test_images"]
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(InputError, match="wrong checksum of test_images"):
        fetch_mnist(tmp_path / "out", str(folder), "")
    assert not (tmp_path / "out").exists()


def test_a_failed_source_is_reported_and_the_next_tried(tmp_path, small, folder, caplog):
    for name, array in small.items():
        (folder / IDX_FILES[name]).write_bytes(idx(array))
    missing = folder.parent / "missing"
    sources = table(tmp_path, url_row(missing), url_row(folder))
    with caplog.at_level(logging.INFO):
        fetch_mnist(tmp_path / "out", "", sources)
    warnings = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert missing.as_uri() in warnings[0]
    np.testing.assert_array_equal(written(tmp_path / "out")["test_labels"], small["test_labels"])


def test_when_no_source_works_all_are_listed(tmp_path, folder):
    for name in IDX_FILES.values():
        (folder / name).write_bytes(b"<html>")
    sources = table(
        tmp_path,
        url_row(folder.parent / "missing"),
        url_row(folder),
        url_row(folder, "pickle\tnone"),
        url_row(folder, "hdf5\t{name}"),
    )
    with pytest.raises(InputError) as raised:
        fetch_mnist(tmp_path / "out", None, sources)
    lines = str(raised.value).splitlines()
    assert "no source in" in lines[0]
    assert "missing" in lines[1]
    assert "no idx file" in lines[2]
    assert "No such file" in lines[3]
    assert "unknown format 'hdf5'" in lines[4]
    assert "mnist.folder" in lines[5]
    assert "t10k-labels-idx1-ubyte" in lines[5]


def pickled(parts):
    return gzip.compress(pickle.dumps(parts, protocol=4))


def pairs(arrays):
    images = {
        s: arrays[f"{s}_images"].reshape(-1, 784) / np.float32(256) for s in ("train", "test")
    }
    labels = {s: arrays[f"{s}_labels"].astype(np.int64) for s in ("train", "test")}
    train = images["train"], labels["train"]
    return (
        tuple(p[:3] for p in train),
        tuple(p[3:] for p in train),
        (images["test"], labels["test"]),
    )


def test_pickled_arrays_give_the_exact_bytes(tmp_path, small):
    (tmp_path / "m.gz").write_bytes(pickled(pairs(small)))
    fetch_mnist(tmp_path / "out", "", table(tmp_path, url_row(tmp_path, "pickle\tm.gz")))
    for name, array in written(tmp_path / "out").items():
        np.testing.assert_array_equal(array, small[name])


class Harmful:
    def __reduce__(self):
        return print, ("this must not run",)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([Harmful()] * 3, "refused to load builtins.print"),
        ([np.array([Harmful()])] * 3, "an array of type .O8., expected numbers or words"),
        ([1, 2], "expected three pairs of arrays"),
        ([1, 2, 3], "expected three pairs of arrays"),
    ],
)
def test_pickles_of_other_things_are_refused(tmp_path, small, parts, message, capsys):
    (tmp_path / "m.gz").write_bytes(pickled(parts))
    with pytest.raises(InputError, match=message):
        fetch_mnist(tmp_path / "out", "", table(tmp_path, url_row(tmp_path, "pickle\tm.gz")))
    assert "must not run" not in capsys.readouterr().out


def test_truncated_pickle(tmp_path, small):
    whole = pickled(pairs(small))
    stream = gzip.decompress(whole)
    for data in (whole[:-20], gzip.compress(stream[:-30]), b"no gzip"):
        (tmp_path / "m.gz").write_bytes(data)
        with pytest.raises(InputError, match=r"mnist\.pkl\.gz"):
            fetch_mnist(tmp_path / "out", "", table(tmp_path, url_row(tmp_path, "pickle\tm.gz")))


def test_an_earlier_result_survives_a_failure(tmp_path, small, folder):
    fetch_mnist(tmp_path / "out", str(folder), "")
    with pytest.raises(InputError):
        fetch_mnist(tmp_path / "out", str(tmp_path / "none"), "")
    assert set(written(tmp_path / "out")) == set(ARRAYS)


def test_real_mnist(mnist):
    assert mnist["train_images"].shape == (60000, 28, 28)
    assert mnist["test_images"].shape == (10000, 28, 28)
    # Digits per class as published.
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(mnist["train_labels"]).tolist() == counts
    assert mnist["train_labels"][:5].tolist() == [5, 0, 4, 1, 9]
    assert mnist["test_labels"][:5].tolist() == [7, 2, 1, 0, 4]
