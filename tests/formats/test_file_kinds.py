import os
import pickle
import shutil

import numpy as np
import pandas as pd
import pytest
from helpers.vector_files import ROWS, frame, read

from modgap.errors import InputError

NAMED = [".npy", ".npz", ".pt", ".safetensors", ".parquet", ".arrow", ".csv", ".txt", ".jsonl"]
EMPTY = [".npy", ".npz", ".pt", ".safetensors", ".parquet", ".arrow"]


@pytest.mark.parametrize("suffix", NAMED)
@pytest.mark.parametrize("kind", [".npy", ".npz", ".parquet", ".arrow", ".pt"])
def test_a_file_of_another_format_than_its_name_says_is_named(tmp_path, suffix, kind):
    if suffix == kind:
        return
    source, wrong = tmp_path / f"source{kind}", tmp_path / f"a{suffix}"
    if kind in (".npy", ".npz"):
        (np.save if kind == ".npy" else np.savez)(source, ROWS)
    elif kind == ".pt":
        torch = pytest.importorskip("torch")
        torch.save(torch.tensor(ROWS), source)
    else:
        table = pd.DataFrame({"embedding": list(ROWS)})
        (table.to_parquet if kind == ".parquet" else table.to_feather)(source)
    shutil.copy(source, wrong)
    with pytest.raises(InputError, match=rf"a\{suffix}: .* it holds .*; call it \{kind}"):
        read(wrong)


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".pt", ".parquet"])
def test_text_under_another_name_is_named(tmp_path, suffix):
    frame([f"emb_{n}" for n in range(5)]).to_csv(tmp_path / f"a{suffix}")
    with pytest.raises(InputError, match=r"it holds text; call it \.csv"):
        read(tmp_path / f"a{suffix}")


@pytest.mark.parametrize("suffix", EMPTY)
def test_an_empty_file_is_called_so(tmp_path, suffix):
    (tmp_path / f"a{suffix}").touch()
    with pytest.raises(InputError, match=rf"a\{suffix}: .*an empty file"):
        read(tmp_path / f"a{suffix}")


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".pt", ".parquet"])
def test_a_file_that_was_cut_short_is_called_so(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    if suffix == ".parquet":
        pd.DataFrame({"embedding": list(ROWS)}).to_parquet(path)
    elif suffix == ".pt":
        torch = pytest.importorskip("torch")
        torch.save(torch.tensor(ROWS), path)
    else:
        (np.save if suffix == ".npy" else np.savez)(path, ROWS)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(InputError, match=rf"a\{suffix}: .*cut short"):
        read(path)


# What a file begins with, how it is called, and what is said of it.
OTHERS = {
    "plain numbers": (ROWS.tobytes(), "a.npy", r"not written by numpy\.save; .*numpy\.fromfile"),
    "pickle": (pickle.dumps(ROWS), "a.npy", r"a pickle, which may run code"),
    "pointer": (b"version https://git-lfs.github.com/spec/v1\n", "a.npy", r"a git-lfs pointer"),
    "page": (b"<!DOCTYPE html>\n<html>404</html>\n", "a.csv", r"a web page"),
    "json": (b'[{"id": "a", "embedding": [0.5, 0.25]}]', "a.csv", r"holds JSON; call it \.json"),
    "data base": (b"SQLite format 3\0\x10", "a.csv", r"a data base of SQLite; call it \.db"),
    "zstd": (b"\x28\xb5\x2f\xfd\x04\x00", "a.csv", r"is packed \(zstd\).*; unpack it"),
}


@pytest.mark.parametrize("other", OTHERS)
def test_other_content_is_named_by_how_it_begins(tmp_path, other):
    content, name, message = OTHERS[other]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=rf"{name}: {message}|{name}: .*{message}"):
        read(tmp_path / name)


@pytest.mark.parametrize("name", ["a.pq", "a.parquet.gzip", "a"])
def test_a_known_kind_under_an_unknown_ending_is_named(tmp_path, name):
    pd.DataFrame({"embedding": list(ROWS)}).to_parquet(tmp_path / name)
    with pytest.raises(InputError, match=r"it holds a Parquet table; call it \.parquet"):
        read(tmp_path / name)


def test_a_pipe_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "a.npy")
    with pytest.raises(InputError, match=r"a\.npy: is a pipe or a device; .*to a file first"):
        read(tmp_path / "a.npy")
