import json
import logging

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers.vector_files import IDS, LISTS, ROWS, D, N, frame, read

from modgap.errors import InputError
from modgap.formats.vectors import read_vectors

OTHER = np.random.default_rng(1).uniform(size=(N, D))
EMB = [f"emb_{n}" for n in range(D)]


@pytest.mark.parametrize("name", ["colour_hist", "bbox", "image_hist", "histogram", "input_ids"])
@pytest.mark.parametrize("kind", ["<f4", "i8"])
def test_wide_columns_that_say_embedding_go_before_lists_that_do_not(tmp_path, name, kind):
    wide = frame(EMB).assign(**{name: list((99 * OTHER).astype(kind))})
    wide.to_parquet(tmp_path / "a.parquet")
    for side in ("images", "texts", ""):
        np.testing.assert_array_equal(read(tmp_path / "a.parquet", side), ROWS)


def test_lists_and_wide_columns_without_a_telling_name_are_refused(tmp_path):
    wide = frame([f"dim_{n}" for n in range(D)])
    wide.assign(bbox=list(OTHER)).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(InputError, match=r"several columns may be .*: 'bbox' or 'dim_0'"):
        read(tmp_path / "a.parquet")
    wide.assign(input_ids=list((9 * OTHER).astype(int))).to_parquet(tmp_path / "a.parquet")
    np.testing.assert_array_equal(read(tmp_path / "a.parquet"), ROWS)


@pytest.mark.parametrize("kind", ["binary", "nested"])
def test_a_column_that_says_embedding_and_is_not_read_is_no_reason_for_another(tmp_path, kind):
    path = tmp_path / "a.parquet"
    cells = [row.tobytes() if kind == "binary" else [row.tolist()] * 2 for row in ROWS]
    pq.write_table(pa.table({"emb": cells, "hist": list(OTHER)}), path)
    with pytest.raises(InputError, match=r"a\.parquet: column 'emb' is .*expected lists of number"):
        read(path)
    pq.write_table(pa.table({"raw_emb": cells, "features": LISTS}), path)
    np.testing.assert_array_equal(read(path), ROWS)
    pq.write_table(pa.table({"raw_emb": cells, "images": LISTS}), path)
    np.testing.assert_array_equal(read(path, "images"), ROWS)


@pytest.mark.parametrize("name", ["embedding", "feats"])
@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
@pytest.mark.parametrize("fixed", [False, True])
def test_the_one_list_within_each_list_is_read(tmp_path, name, suffix, fixed):
    kind = pa.list_(pa.list_(pa.float32(), D), 1) if fixed else pa.list_(pa.list_(pa.float32()))
    table = pa.table({"id": IDS, name: pa.array([[row] for row in LISTS], kind)})
    path = tmp_path / f"a.{suffix}"
    if suffix == "parquet":
        pq.write_table(table, path, row_group_size=5)
    else:
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as sink:
            sink.write_table(table, max_chunksize=5)
    np.testing.assert_array_equal(read(path), ROWS)


def test_a_row_without_the_list_within_is_named(tmp_path):
    rows = [[row] for row in LISTS]
    pq.write_table(
        pa.table({"id": IDS, "embedding": [*rows[:7], None, *rows[8:]]}), tmp_path / "a.parquet"
    )
    with pytest.raises(InputError, match=r"row 7 \(id 'i7'\) has no embedding"):
        read(tmp_path / "a.parquet")


@pytest.mark.parametrize("word", ["emb_", "v"])
def test_wide_columns_of_whole_numbers_are_read(tmp_path, word):
    codes = np.round(40 * ROWS).astype("i1")
    wide = pd.DataFrame(codes, columns=[f"{word}{n}" for n in range(D)])
    wide.assign(year=2020, answer_7=1).to_parquet(tmp_path / "a.parquet")
    np.testing.assert_array_equal(read(tmp_path / "a.parquet"), codes)
    wide.assign(feature=list(ROWS)).to_parquet(tmp_path / "a.parquet")
    if word == "v":
        np.testing.assert_array_equal(read(tmp_path / "a.parquet"), ROWS)
    labels = pd.DataFrame(codes, columns=[f"label_{n}" for n in range(D)])
    labels.to_parquet(tmp_path / "labels.parquet")
    with pytest.raises(InputError, match=r"labels\.parquet: no embeddings"):
        read(tmp_path / "labels.parquet")


@pytest.mark.parametrize("cell", ["NA", "1.#INF"])
def test_a_word_within_numbered_columns_is_named_by_its_line(tmp_path, cell):
    rows = frame(EMB).astype(object)
    rows.iloc[7, 3] = cell
    rows.to_csv(tmp_path / "a.csv", index=False)
    message = rf"a\.csv: column 'emb_3' is .*: line 9 has '{cell}' \(1 such\); leave that item out"
    with pytest.raises(InputError, match=message):
        read(tmp_path / "a.csv")
    rows.astype({name: float for name in EMB if name != "emb_3"}).astype({"emb_3": str}).to_parquet(
        tmp_path / "a.parquet", index=False
    )
    with pytest.raises(InputError, match=rf"column 'emb_3' is .*: row 7 has '{cell}'"):
        read(tmp_path / "a.parquet")


@pytest.mark.parametrize("names", [EMB, EMB[3:4]])
def test_numbers_that_are_stored_as_words_are_named(tmp_path, names):
    frame(EMB).astype(dict.fromkeys(names, str)).to_parquet(tmp_path / "a.parquet")
    message = rf"column '{names[0]}' is .*: its numbers are stored as words; save it as numbers"
    with pytest.raises(InputError, match=message):
        read(tmp_path / "a.parquet")


def test_a_header_that_comes_again_is_named_by_its_line(tmp_path):
    frame(EMB).to_csv(tmp_path / "a.csv", index=False)
    lines = (tmp_path / "a.csv").read_text().splitlines()
    (tmp_path / "a.csv").write_text("\n".join([*lines[:5], lines[0], *lines[5:]]))
    with pytest.raises(InputError, match=r"line 6 has 'emb_0' .*the header is repeated there"):
        read(tmp_path / "a.csv")


def test_words_in_numbered_columns_do_not_matter_beside_embeddings(tmp_path):
    columns = {"clip_emb": LISTS, "answer_0": [1, 2] * 6, "answer_1": ["1", "x"] * 6}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    np.testing.assert_array_equal(read(tmp_path / "a.parquet"), ROWS)


@pytest.mark.parametrize("word", ["emb_", "dim_"])
@pytest.mark.parametrize("german", [False, True])
def test_signs_between_thousands_are_named(tmp_path, word, german):
    wide = pd.DataFrame(1000 + 1e4 * np.abs(ROWS), columns=[f"{word}{n}" for n in range(D)])
    wide = wide.map(lambda value: f"{value:,.3f}")
    if german:
        wide = wide.map(lambda cell: cell.translate(str.maketrans(",.", ".,")))
    wide.to_csv(tmp_path / "a.csv", index=False, sep=";")
    with pytest.raises(InputError, match=r"a\.csv: .*line 2.*signs? between thousands.* 1234\.567"):
        read(tmp_path / "a.csv")


def test_cells_parted_by_bars_are_named(tmp_path):
    frame(EMB).to_csv(tmp_path / "a.csv", index=False, sep="|")
    with pytest.raises(InputError, match=r"a\.csv: .*'\|': write commas, semicolons or tabs"):
        read(tmp_path / "a.csv")


@pytest.mark.parametrize("suffix", ["parquet", "json"])
def test_words_of_texts_in_the_plural_are_read(tmp_path, suffix):
    table = pd.DataFrame({"embeddings": list(ROWS), "captions": IDS, "texts": range(N)})
    path = tmp_path / f"a.{suffix}"
    if suffix == "parquet":
        table.to_parquet(path)
    else:
        table.assign(embeddings=LISTS).to_json(path, orient="records")
    known = read_vectors(path, "texts").table
    assert known["caption"].tolist() == IDS
    assert "texts" in known
    assert "text" not in known


def test_copies_and_codes_beside_embeddings_are_not_read(tmp_path, caplog):
    """As Amazon's Titan and Cohere answer when asked for several types."""
    caplog.set_level(logging.INFO)
    codes = (ROWS * 100).round().astype(int).tolist()
    path = tmp_path / "a.json"
    for beside in ({"int8": codes, "ubinary": codes}, {"copy": LISTS}):
        path.write_text(json.dumps({"id": "x", "embeddings": {**beside, "float": LISTS}}))
        np.testing.assert_allclose(read(path), ROWS, rtol=1e-6)
    assert "['embeddings.int8', 'embeddings.ubinary'] not read: copies or codes" in caplog.text
    path.write_text(json.dumps({"id": "x", "embeddings": {"a": LISTS, "b": (-ROWS).tolist()}}))
    with pytest.raises(InputError, match=r"several columns may be .*'embeddings\.a' or 'embeddi"):
        read(path)


def test_dense_vectors_of_spark_are_read_and_sparse_ones_refused(tmp_path):
    kind = pa.struct(
        {
            "type": pa.int8(),
            "size": pa.int32(),
            "indices": pa.list_(pa.int32()),
            "values": pa.list_(pa.float64()),
        }
    )
    rows = [{"type": 1, "size": None, "indices": None, "values": row} for row in LISTS]
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"features": pa.array(rows, kind)}), path)
    np.testing.assert_array_equal(read(path), ROWS)
    rows[3] = {"type": 0, "size": D, "indices": [1, 2], "values": [0.5, 0.5]}
    pq.write_table(pa.table({"features": pa.array(rows, kind)}), path)
    with pytest.raises(InputError, match=r"'features\.values' beside .* are sparse embeddings"):
        read(path)


def test_a_column_of_a_modality_that_is_empty_is_not_replaced_by_the_other(tmp_path):
    """Texts were taken as the images, so there was no gap."""
    none = pa.array([None] * N, pa.list_(pa.float32()))
    table = {"id": IDS, "image_embedding": none, "text_embedding": LISTS}
    pq.write_table(pa.table(table), tmp_path / "a.parquet")
    np.testing.assert_allclose(read(tmp_path / "a.parquet", "texts"), ROWS, rtol=1e-6)
    with pytest.raises(InputError, match=r"row 0 \(id 'i0'\) has no embedding"):
        read(tmp_path / "a.parquet", "images")


@pytest.mark.parametrize("kind", [pa.list_, pa.large_list, pa.list_view, pa.large_list_view])
def test_lists_of_one_word_of_any_kind_are_that_word(tmp_path, kind):
    words = pa.array([[name] for name in IDS], kind(pa.string()))
    table = pa.table({"key": words, "embedding": LISTS}).slice(2)
    with (
        pa.OSFile(str(tmp_path / "a.arrow"), "wb") as file,
        pa.ipc.new_file(file, table.schema) as writer,
    ):
        writer.write_table(table)
    assert read_vectors(tmp_path / "a.arrow", "texts").table["key"].tolist() == IDS[2:]


@pytest.mark.parametrize("name", ["text_embedding", "caption_emb", "texts"])
def test_embeddings_of_a_modality_beside_those_of_none_are_not_passed_over(tmp_path, name):
    """Both clouds were the column `embedding`, and the gap 0."""
    table = pd.DataFrame({"embedding": list(ROWS), name: list(OTHER)})
    table.to_parquet(tmp_path / "a.parquet")
    np.testing.assert_array_equal(read(tmp_path / "a.parquet", "images"), ROWS)
    np.testing.assert_array_equal(read(tmp_path / "a.parquet", ""), ROWS)
    with pytest.raises(InputError, match=rf"'embedding' or '{name}' may be .* of the texts; ren"):
        read(tmp_path / "a.parquet", "texts")
    table.assign(**{name: table["embedding"]}).to_parquet(tmp_path / "a.parquet")
    np.testing.assert_array_equal(read(tmp_path / "a.parquet", "texts"), ROWS)


@pytest.mark.parametrize("beside", [{"pc_1": 0.5, "pc_2": 0.25}, {"bbox": [[0.5, 0.25]] * N}])
@pytest.mark.parametrize("word", ["emb_", "d"])
def test_dimensions_of_which_one_is_missing_are_no_reason_for_others(tmp_path, beside, word):
    wide = frame([f"{word}{n}" for n in range(D)]).drop(columns=f"{word}3").assign(**beside)
    wide.to_parquet(tmp_path / "a.parquet")
    with pytest.raises(InputError, match=rf"'{word}0' to '{word}4' are 4, and number 3 is not"):
        read(tmp_path / "a.parquet")
    wide.assign(embedding=LISTS).to_parquet(tmp_path / "a.parquet")
    np.testing.assert_array_equal(read(tmp_path / "a.parquet"), ROWS)


# Cells of a column → what to do.
CELLS = {
    "several": ([[row, row] for row in LISTS], r"a row each: frame\.explode"),
    "bytes": (pa.array([row.tobytes() for row in ROWS], pa.binary(4 * D)), r"numpy\.frombuffer"),
}


@pytest.mark.parametrize("kind", CELLS)
def test_what_to_do_with_cells_of_another_kind_is_said(tmp_path, kind):
    cells, message = CELLS[kind]
    pq.write_table(pa.table({"embedding": cells}), tmp_path / "a.parquet")
    with pytest.raises(InputError, match=message):
        read(tmp_path / "a.parquet")


def test_records_within_a_row_are_to_be_rows(tmp_path):
    """Answers of a service for ten inputs each, one behind the other."""
    answer = {"data": [{"index": n, "embedding": row} for n, row in enumerate(LISTS[:3])]}
    (tmp_path / "a.jsonl").write_text("\n".join([json.dumps(answer)] * 2))
    with pytest.raises(InputError, match=r"'data' holds several records in a row: write each as"):
        read(tmp_path / "a.jsonl")


@pytest.mark.parametrize(
    "cells",
    [
        pa.array([[101, 7, row] for row in range(N)]),
        pa.array((10 * ROWS).astype(int).tolist()),
        pa.array([None] * N, pa.list_(pa.float32())),
        pa.array([None] * N, pa.list_(pa.float32(), D)),
        pa.array([[]] * N, pa.list_(pa.float32())),
    ],
)
@pytest.mark.parametrize("name", ["text", "text_embedding"])
def test_tokens_codes_and_what_is_empty_are_no_rivals_of_the_embeddings(tmp_path, cells, name):
    pq.write_table(pa.table({"embedding": LISTS, name: cells}), tmp_path / "a.parquet")
    np.testing.assert_array_equal(read(tmp_path / "a.parquet", "texts"), ROWS)


@pytest.mark.parametrize("wide", [False, True])
def test_fewer_numbers_with_a_hole_beside_the_embeddings_are_no_dimensions(tmp_path, wide):
    """Answers to questions, of which one was left out."""
    table = frame([f"f{n}" for n in range(D)]) if wide else pd.DataFrame({"clip": LISTS})
    for number in (1, 2, 3, 5):
        table[f"q{number}"] = 0.5
    table.to_parquet(tmp_path / "a.parquet")
    np.testing.assert_array_equal(read(tmp_path / "a.parquet"), ROWS)
    small = pd.DataFrame({"clip": ROWS[:, :2].tolist(), "q1": 0.5, "q2": 0.5, "q4": 0.5})
    small.to_parquet(tmp_path / "small.parquet")
    assert read(tmp_path / "small.parquet").shape == (N, 2)
    table.assign(q6=0.5, q7=0.5).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(InputError, match=r"'q1' to 'q7' are 6, and number 4 is not there"):
        read(tmp_path / "a.parquet")
