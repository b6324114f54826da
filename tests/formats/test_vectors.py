import base64
import logging

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers.vector_files import IDS, LISTS, ROWS, D, N, frame, read

from modgap.errors import InputError
from modgap.formats.vectors import FORMATS, read_vectors

LIST_TYPES = {
    "list<float>": pa.list_(pa.float32()),
    "list<double>": pa.list_(pa.float64()),
    "large_list": pa.large_list(pa.float32()),
    "fixed": pa.list_(pa.float32(), D),
    "list_view": pa.list_view(pa.float32()),
}


def write(path, **columns):
    pq.write_table(pa.table(columns), path)
    return path


@pytest.mark.parametrize("kind", LIST_TYPES)
@pytest.mark.parametrize("row_group", [N, 5])
def test_lists_of_any_arrow_type_are_read(tmp_path, kind, row_group):
    table = pa.table({"id": IDS, "embedding": pa.array(LISTS, LIST_TYPES[kind])})
    if kind == "list_view":
        path = tmp_path / "a.arrow"
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table, max_chunksize=row_group)
    else:
        path = tmp_path / "a.parquet"
        pq.write_table(table, path, row_group_size=row_group)
    embeddings = read_vectors(path, "texts")
    np.testing.assert_array_equal(embeddings.vectors, ROWS)
    assert embeddings.table["id"].tolist() == IDS


def test_tensor_columns_half_precision_and_decimals_are_read(tmp_path):
    fixed = pa.array(LISTS, pa.list_(pa.float32(), D))
    tensor = pa.ExtensionArray.from_storage(pa.fixed_shape_tensor(pa.float32(), [D]), fixed)
    np.testing.assert_array_equal(read(write(tmp_path / "t.parquet", embedding=tensor)), ROWS)
    half = pa.array(ROWS.astype(np.float16).tolist(), pa.list_(pa.float16()))
    np.testing.assert_allclose(read(write(tmp_path / "h.parquet", embedding=half)), ROWS, rtol=1e-3)
    decimals = pa.array(ROWS.round(3).astype(float).tolist()).cast(pa.list_(pa.decimal128(9, 3)))
    vectors = read(write(tmp_path / "d.parquet", embedding=decimals))
    np.testing.assert_allclose(vectors, ROWS, atol=6e-4)


@pytest.mark.parametrize("kind", ["bytes", "base64"])
def test_numbers_as_bytes_are_refused_with_how_to_read_them(tmp_path, kind):
    cells = [row.tobytes() for row in ROWS]
    if kind == "base64":
        cells = [base64.b64encode(cell).decode() for cell in cells]
    how = r"numpy\.frombuffer\(" + ("cell" if kind == "bytes" else r"base64\.b64decode\(cell\)")
    with pytest.raises(InputError, match=how):
        read(write(tmp_path / "a.parquet", embedding=cells))


@pytest.mark.parametrize("name", ["embeddings", "vector", "clip_emb"])
def test_the_one_column_of_lists_is_taken_and_said(tmp_path, caplog, name):
    caplog.set_level(logging.INFO)
    columns = {"caption": IDS, "tokens": [[1, 2]] * N, name: LISTS}
    np.testing.assert_array_equal(read(write(tmp_path / "a.parquet", **columns)), ROWS)
    assert f"a.parquet: column '{name}' taken as the embeddings" in caplog.text


@pytest.mark.parametrize(
    ("image", "text"),
    [
        ("image_embeds", "text_embeds"),  # transformers
        ("img_emb", "txt_emb"),
        ("clipImageFeatures", "clipTextFeatures"),
        ("visual", "textual"),
        ("images", "captions"),
    ],
)
@pytest.mark.parametrize("suffix", ["parquet", "npz", "pt", "wide"])
def test_the_word_for_a_modality_decides_between_columns_and_arrays(tmp_path, image, text, suffix):
    path = tmp_path / f"both.{suffix}"
    if suffix == "npz":
        np.savez(path, **{image: ROWS, text: -ROWS, "labels": np.arange(N)})
    elif suffix == "pt":
        torch = pytest.importorskip("torch")
        torch.save({image: torch.tensor(ROWS), text: -torch.tensor(ROWS), "paths": IDS}, path)
    elif suffix == "parquet":
        write(path, **{image: LISTS, text: (-ROWS).tolist()})
    else:
        path = tmp_path / "wide.parquet"
        columns = [pd.DataFrame(ROWS).add_prefix(f"{image}_")]
        columns.append(pd.DataFrame(-ROWS).add_prefix(f"{text}_"))
        pd.concat(columns, axis=1).to_parquet(path)
    np.testing.assert_array_equal(read(path, "images"), ROWS)
    np.testing.assert_array_equal(read(path, "texts"), -ROWS)


def test_a_file_of_the_other_modality_is_said(tmp_path, caplog):
    read(write(tmp_path / "a.parquet", text_embedding=LISTS), "images")
    assert "column 'text_embedding' is taken as the images" in caplog.text
    np.savez(tmp_path / "a.npz", image_features=ROWS)
    read(tmp_path / "a.npz", "texts")
    assert "array 'image_features' is taken as the texts" in caplog.text


def test_of_several_columns_of_lists_the_name_of_the_modality_decides_or_none(tmp_path):
    path = write(tmp_path / "a.parquet", image_embedding=LISTS, text_embedding=(-ROWS).tolist())
    np.testing.assert_array_equal(read(path, "images"), ROWS)
    np.testing.assert_array_equal(read(path, "texts"), -ROWS)
    path = write(tmp_path / "b.parquet", clip=LISTS, dino=(-ROWS).tolist())
    with pytest.raises(InputError, match=r"b\.parquet: several columns .*: 'clip' or 'dino'"):
        read(path)


@pytest.mark.parametrize(("word", "first"), [("", 0), ("dim_", 0), ("dim_", 1), ("V", 1)])
def test_wide_frames_are_read_in_the_order_of_their_numbers(tmp_path, word, first):
    names = [f"{word}{number + first}" for number in range(D)]
    wide = frame(names)[names[::-1]].assign(year=2020)
    wide.to_parquet(tmp_path / "wide.parquet")
    embeddings = read_vectors(tmp_path / "wide.parquet", "images")
    np.testing.assert_array_equal(embeddings.vectors, ROWS)
    assert embeddings.table["id"].tolist() == IDS


def test_a_wide_frame_without_one_of_its_columns_is_refused(tmp_path):
    frame([str(n) for n in range(D)]).drop(columns="3").to_parquet(tmp_path / "wide.parquet")
    with pytest.raises(InputError, match=r"wide\.parquet: columns '0' to '4' .*number 3 is"):
        read(tmp_path / "wide.parquet")
    missing = frame([str(n) for n in range(D)]).astype("Float32")
    missing.iloc[7, 2] = pd.NA
    missing.to_parquet(tmp_path / "wide.parquet")
    with pytest.raises(InputError, match=r"row 7 .*has no number in column '2'"):
        read(tmp_path / "wide.parquet")


@pytest.mark.parametrize("place", [0, 4])
def test_a_word_in_a_numbered_column_does_not_leave_it_out(tmp_path, place):
    rows = frame([f"e{n}" for n in range(D)]).astype(object)
    rows.iloc[7, place] = "x"
    rows.to_csv(tmp_path / "a.csv")
    with pytest.raises(InputError, match=rf"a\.csv: column 'e{place}' is (large_)?string, columns"):
        read(tmp_path / "a.csv")


@pytest.mark.parametrize("index", [range(N), range(N)[::-1], range(100, 100 + N)])
def test_a_pandas_index_of_numbers_is_no_embedding_and_no_id(tmp_path, index):
    pd.DataFrame({"embedding": list(ROWS)}, index=list(index)).to_parquet(tmp_path / "a.parquet")
    embeddings = read_vectors(tmp_path / "a.parquet", "texts")
    np.testing.assert_array_equal(embeddings.vectors, ROWS)
    assert "id" not in embeddings.table


def test_an_index_called_id_is_the_id(tmp_path):
    rows = pd.DataFrame({"id": IDS, "embedding": list(ROWS)}).set_index("id")
    rows.to_parquet(tmp_path / "a.parquet")
    assert read_vectors(tmp_path / "a.parquet", "texts").table["id"].tolist() == IDS


@pytest.mark.parametrize("writer", ["stream", "file", "feather"])
def test_arrow_files_are_read(tmp_path, writer):
    import pyarrow.feather

    table, path = pa.table({"embedding": LISTS}), tmp_path / "a.arrow"
    if writer == "feather":
        path = tmp_path / "a.feather"
        pyarrow.feather.write_feather(table, path)
    else:
        make = pa.ipc.new_stream if writer == "stream" else pa.ipc.new_file
        with pa.OSFile(str(path), "wb") as file, make(file, table.schema) as sink:
            sink.write_table(table)
    np.testing.assert_array_equal(read(path), ROWS)


FAULTS = {
    "null": ([*LISTS[:7], None, *LISTS[8:]], r"row 7 \(id 'i7'\) has no embedding \(1 such rows"),
    "short": ([*LISTS[:7], [1.0], *LISTS[8:]], r"row 7 \(id 'i7'\) has 1 numbers, row 0 has 5"),
    "hole": ([*LISTS[:7], [None] * D, *LISTS[8:]], r"row 7 \(id 'i7'\) is not finite"),
    "nan": ([*LISTS[:7], [np.nan] * D, *LISTS[8:]], r"row 7 \(id 'i7'\) is not finite"),
    "zero": ([*LISTS[:7], [0.0] * D, *LISTS[8:]], r"row 7 \(id 'i7'\) is all zeros"),
    "empty": (pa.array([[]] * N, pa.list_(pa.float32())), r"row 0 \(id 'i0'\) has no numbers"),
    "words": (["a dog"] * N, "is (large_)?string, expected lists of numbers"),
    "bytes": ([b"12"] * N, "is binary, expected lists of numbers"),
    "nested": ([[row, row] for row in LISTS], "expected lists of numbers"),
    "none": ([None] * N, "is null, expected lists of numbers"),
}


FIXED = [(fault, True) for fault in ("null", "hole", "nan", "zero")]


@pytest.mark.parametrize(("fault", "fixed"), [*((fault, False) for fault in FAULTS), *FIXED])
def test_a_faulty_row_is_named_with_its_id(tmp_path, fault, fixed):
    rows, message = FAULTS[fault]
    column = pa.array(rows, pa.list_(pa.float32(), D)) if fixed else pa.array(rows)
    write(tmp_path / "a.parquet", id=IDS, embedding=column)
    with pytest.raises(InputError, match=rf"a\.parquet: .*{message}"):
        read(tmp_path / "a.parquet")


def test_missing_and_no_rows_are_refused(tmp_path):
    write(tmp_path / "a.parquet", embedding=pa.array([], pa.list_(pa.float32())))
    np.save(tmp_path / "a.npy", ROWS[:0])
    np.save(tmp_path / "row.npy", ROWS[0])
    for name in ("a.parquet", "a.npy"):
        with pytest.raises(InputError, match="holds no rows"):
            read(tmp_path / name)
    for shape in ((0,), (1, 0, D), (3, 0, D)):
        np.save(tmp_path / "a.npy", np.zeros(shape, np.float32))
        with pytest.raises(InputError, match="holds no rows"):
            read(tmp_path / "a.npy")
    with pytest.raises(InputError, match=r"row\.npy: shape \(5,\), expected \(items, dimensions\)"):
        read(tmp_path / "row.npy")
    write(tmp_path / "b.parquet", id=["a", None], embedding=LISTS[:2])
    with pytest.raises(InputError, match=r"b\.parquet: row 1 has no id"):
        read(tmp_path / "b.parquet")
    write(tmp_path / "c.parquet", a=[1], b=["x"])
    with pytest.raises(InputError, match=r"c\.parquet: no embeddings: \['a', 'b'\]"):
        read(tmp_path / "c.parquet")


@pytest.mark.parametrize("kind", [bool, complex, str, "M8[s]"])
def test_what_is_no_number_is_refused(tmp_path, kind):
    np.save(tmp_path / "a.npy", np.ones((4, 2)).astype(kind))
    with pytest.raises(InputError, match=r"a\.npy: dtype .*expected floating-point numbers"):
        read(tmp_path / "a.npy")


GARBAGE = {
    "empty": b"",
    "word": b"hello",
    "magic": b"\x93NUMPY",
    "header": b"\x93NUMPY\x01\x00\x10\x00{'descr': (((((\n",
    "syntax": b"\x93NUMPY\x01\x00\x10\x00\xff\xfe[[[[[[[[[[[[[\n",
    "zip": b"PK\x03\x04" + b"\x00" * 40,
    "parquet": b"PAR1" + b"\x15" * 60 + b"PAR1",
    "safetensors": b'\x08\x00\x00\x00\x00\x00\x00\x00{"a": 1}',
}


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("garbage", GARBAGE)
def test_a_damaged_file_is_an_input_error_in_one_line(tmp_path, suffix, garbage):
    path = tmp_path / f"damaged{suffix}"
    path.write_bytes(GARBAGE[garbage])
    with pytest.raises(InputError, match=rf"damaged{suffix}: ") as caught:
        read(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", FORMATS)
def test_an_empty_folder_and_no_file_are_refused(tmp_path, suffix):
    (tmp_path / f"a{suffix}").mkdir()
    with pytest.raises(InputError, match="a folder without a file of embeddings"):
        read(tmp_path / f"a{suffix}")
    with pytest.raises(InputError, match="no such file"):
        read(tmp_path / f"none{suffix}")


def test_a_file_cut_short_is_refused_whatever_the_format(tmp_path):
    from safetensors.numpy import save_file

    np.save(tmp_path / "a.npy", ROWS)
    np.savez(tmp_path / "a.npz", ROWS)
    save_file({"x": ROWS}, tmp_path / "a.safetensors")
    write(tmp_path / "a.parquet", embedding=LISTS)
    for suffix in ("npy", "npz", "safetensors", "parquet"):
        path = tmp_path / f"a.{suffix}"
        path.write_bytes(path.read_bytes()[:-25])
        with pytest.raises(InputError, match=rf"a\.{suffix}: no"):
            read(path)
