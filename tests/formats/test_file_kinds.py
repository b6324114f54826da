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
