import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings, read_embeddings, write_embeddings


def make(n=5, d=3, seed=0):
    vectors = np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)
    table = pd.DataFrame({"id": [f"i{k}" for k in range(n)], "digit": list("01234")[:n]})
    return Embeddings(table, vectors, {"model": "m", "dataset": "d"})


def test_what_is_written_is_read_back(tmp_path):
    wrote = make()
    write_embeddings(tmp_path / "image.parquet", wrote)
    read = read_embeddings(tmp_path / "image.parquet")
    np.testing.assert_array_equal(read.vectors, wrote.vectors)
    pd.testing.assert_frame_equal(read.table, wrote.table, check_dtype=False)
    assert read.metadata == {"model": "m", "dataset": "d", "rows": 5, "storage": "float32"}


def test_the_file_is_plain_parquet_with_a_fixed_size_list(tmp_path):
    write_embeddings(tmp_path / "image.parquet", make())
    schema = pq.read_schema(tmp_path / "image.parquet")
    assert schema.field("embedding").type == pa.list_(pa.float32(), 3)


def test_float16_storage_comes_back_as_float32(tmp_path):
    wrote = make()
    write_embeddings(tmp_path / "image.parquet", wrote, "float16")
    read = read_embeddings(tmp_path / "image.parquet")
    assert read.vectors.dtype == np.float32
    np.testing.assert_allclose(read.vectors, wrote.vectors, rtol=1e-3)


def test_select_keeps_rows_and_table_together():
    chosen = make().select(np.array([3, 1]))
    assert list(chosen.table["id"]) == ["i3", "i1"]
    np.testing.assert_array_equal(chosen.vectors, make().vectors[[3, 1]])
    masked = make().select(np.array([False, True, False, True, False]))
    assert list(masked.table["id"]) == ["i1", "i3"]


@pytest.mark.parametrize(
    ("value", "message"),
    [(np.nan, r"row 2 \(id 'i2'\) is not finite"), (0.0, r"row 2 \(id 'i2'\) is all zeros")],
)
def test_a_bad_row_is_named_and_nothing_is_written(tmp_path, value, message):
    bad = make()
    bad.vectors[2] = value
    with pytest.raises(InputError, match=message):
        write_embeddings(tmp_path / "image.parquet", bad)
    assert list(tmp_path.iterdir()) == []


def test_a_repeated_id_is_named(tmp_path):
    bad = make()
    bad.table.loc[4, "id"] = "i1"
    with pytest.raises(InputError, match="id 'i1' in row 4 was used before"):
        write_embeddings(tmp_path / "image.parquet", bad)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pa.table({"id": ["a"]}), r"no column \['embedding'\]"),
        (pa.table({"id": ["a"], "embedding": ["1.0 2.0"]}), "is string, expected lists of numbers"),
    ],
)
def test_a_foreign_file_is_refused(tmp_path, table, message):
    pq.write_table(table, tmp_path / "x.parquet")
    with pytest.raises(InputError, match=message):
        read_embeddings(tmp_path / "x.parquet")


def test_missing_and_broken_files_are_named(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_embeddings(tmp_path / "absent.parquet")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(InputError, match=r"broken.parquet: not a readable Parquet file"):
        read_embeddings(tmp_path / "broken.parquet")
