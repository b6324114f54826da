"""Lists of numbers that a table which has lists of its own stores as words all the same."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers.vector_files import IDS, LISTS, ROWS, N

from modgap.errors import InputError
from modgap.formats.vectors import read_vectors


def write(path, table):
    if path.suffix == ".parquet":
        table.to_parquet(path)
    elif path.suffix == ".feather":
        table.to_feather(path)
    elif path.suffix == ".json":
        path.write_text(json.dumps(table.to_dict("records")))
    else:
        table.to_json(path, orient="records", lines=True)
    return path


@pytest.mark.parametrize("suffix", ["parquet", "feather", "json", "jsonl"])
@pytest.mark.parametrize("name", ["embedding", "clip"])
def test_lists_that_are_words_are_read(tmp_path, suffix, name):
    """As Supabase returns vectors, and as a frame has them that was read from CSV."""
    table = pd.DataFrame({"id": IDS, "caption": "(1) a dog", name: list(map(str, LISTS))})
    cloud = read_vectors(write(tmp_path / f"a.{suffix}", table), "texts")
    np.testing.assert_allclose(cloud.vectors, ROWS, rtol=1e-6)
    assert cloud.table["id"].tolist() == IDS
    assert cloud.table["caption"].tolist() == ["(1) a dog"] * N


def test_a_row_without_its_list_is_named(tmp_path):
    cells = [*map(str, LISTS[:7]), "error", *map(str, LISTS[8:])]
    table = pd.DataFrame({"id": IDS, "embedding": cells})
    match = r"a\.parquet: row 7 \(id 'i7'\): 'error' in column 'embedding' is no list of numbers"
    with pytest.raises(InputError, match=match):
        read_vectors(write(tmp_path / "a.parquet", table), "texts")
    table.loc[7, "embedding"] = None
    with pytest.raises(InputError, match=r"row 7 \(id 'i7'\) has no embedding"):
        read_vectors(write(tmp_path / "a.parquet", table), "texts")
    table.loc[7, "embedding"] = "[0.5 1.5 ... 2.5]"
    with pytest.raises(InputError, match=r"row 7 \(id 'i7'\): .* printed in short"):
        read_vectors(write(tmp_path / "a.parquet", table), "texts")


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_cells_that_were_cut_short_are_refused(tmp_path, suffix):
    """Excel and MySQL cut what is too long for a cell, all rows at one length."""
    cells = [f"[{', '.join(f'{value:+.6f}' for value in row)}]"[:38] for row in ROWS]
    table, path = pd.DataFrame({"id": IDS, "embedding": cells}), tmp_path / f"a.{suffix}"
    table.to_csv(path) if suffix == "csv" else table.to_parquet(path)
    with pytest.raises(InputError, match=r"(line 2|row 0 .*): no bracket ends .* cut short"):
        read_vectors(path, "texts")


def test_words_that_begin_like_a_list_stay_words(tmp_path):
    table = pd.DataFrame({"id": IDS, "note": "[1] a dog", "embedding": LISTS})
    for name in ("a.parquet", "a.csv"):
        path = tmp_path / name
        table.to_parquet(path) if name == "a.parquet" else table.to_csv(path, index=False)
        assert read_vectors(path, "texts").table["note"].tolist() == ["[1] a dog"] * N


def test_words_of_the_arrow_kind_of_polars_are_read(tmp_path):
    table = pa.table({"id": IDS, "emb": pa.array(map(str, LISTS), pa.string_view())})
    with (
        pa.OSFile(str(tmp_path / "a.arrow"), "wb") as file,
        pa.ipc.new_file(file, table.schema) as writer,
    ):
        writer.write_table(table)
    np.testing.assert_allclose(read_vectors(tmp_path / "a.arrow", "texts").vectors, ROWS, rtol=1e-6)


@pytest.mark.parametrize("suffix", ["parquet", "jsonl"])
@pytest.mark.parametrize("wide", [False, True])
def test_words_beside_embeddings_stay_words_that_could_be_lists(tmp_path, suffix, wide):
    """Boxes and tiles of a table that was made from CSV are no second embeddings."""
    beside = {"bbox": ["[1, 2, 3, 4]"] * N, "tile": [f"({row}, 5)" for row in range(N)]}
    beside["image_id"] = beside["tile"]
    vectors = dict(zip("01234", ROWS.T, strict=True)) if wide else {"clip": LISTS}
    cloud = read_vectors(
        write(tmp_path / f"a.{suffix}", pd.DataFrame({**beside, **vectors})), "texts"
    )
    np.testing.assert_allclose(cloud.vectors, ROWS, rtol=1e-6)
    assert cloud.table.to_dict("list") == beside


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize("name", ["embedding", "text", "clip"])
def test_words_that_name_items_stay_words_that_could_be_lists(tmp_path, suffix, name):
    table = pd.DataFrame({"id": [f"({row}, 5)" for row in range(N)], name: list(map(str, LISTS))})
    table.insert(1, "image_id", table["id"])
    path = tmp_path / f"a.{suffix}"
    table.to_csv(path, index=False) if suffix == "csv" else table.to_parquet(path)
    cloud = read_vectors(path, "texts")
    np.testing.assert_allclose(cloud.vectors, ROWS, rtol=1e-6)
    assert cloud.table["id"].tolist() == cloud.table["image_id"].tolist() == table["id"].tolist()


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_lists_in_short_are_called_that_under_any_name(tmp_path, suffix):
    table, path = pd.DataFrame({"clip": ["[0.5 1.5 ... 2.5]"] * N, "id": IDS}), tmp_path / "a"
    path = path.with_suffix(f".{suffix}")
    table.to_csv(path, index=False) if suffix == "csv" else table.to_parquet(path)
    with pytest.raises(InputError, match="printed in short"):
        read_vectors(path, "texts")


def test_one_column_of_lists_without_a_header_loses_no_row(tmp_path):
    pd.Series(LISTS).to_csv(tmp_path / "a.csv", index=False, header=False)
    vectors = read_vectors(tmp_path / "a.csv", "texts").vectors
    np.testing.assert_allclose(vectors, ROWS, rtol=1e-6)


def test_boxes_beside_a_wide_table_of_text_stay_words(tmp_path):
    table = pd.DataFrame(ROWS).assign(bbox="[1, 2, 3, 4]")
    table.to_csv(tmp_path / "a.csv", index=False)
    cloud = read_vectors(tmp_path / "a.csv", "texts")
    np.testing.assert_allclose(cloud.vectors, ROWS, rtol=1e-5)
    assert cloud.table["bbox"].tolist() == ["[1, 2, 3, 4]"] * N


def test_lists_as_json_of_a_type_of_its_own_are_read(tmp_path):
    """As fastparquet writes a column of lists."""
    words = pa.array(list(map(json.dumps, LISTS)))
    column = pa.ExtensionArray.from_storage(pa.json_(), words)
    pq.write_table(pa.table({"id": IDS, "embedding": column}), tmp_path / "a.parquet")
    cloud = read_vectors(tmp_path / "a.parquet", "images")
    np.testing.assert_array_equal(cloud.vectors, ROWS)


def test_sparse_vectors_of_pgvector_are_refused_as_such(tmp_path):
    (tmp_path / "a.csv").write_text('id,embedding\na,"{1:0.5,7:0.1}/16"\nb,"{2:0.5}/16"\n')
    with pytest.raises(InputError, match=r"line 2: '\{1:0\.5.* is a sparse vector; write all"):
        read_vectors(tmp_path / "a.csv", "images")
