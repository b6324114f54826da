import json
import logging

import numpy as np
import pandas as pd
import pytest

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.measure.labels import read_labels, usable_labels

IDS = ["a", "b", "c", "d"]
ROWS = [("None", "NA"), ("shirt", "nan"), ("None", "null"), ("shirt", "N/A")]


def images(ids=None):
    table = pd.DataFrame({} if ids is None else {"id": ids}, index=range(4))
    return Embeddings(table, np.ones((4, 2), np.float32), {})


def write(path, rows, header="object,pattern"):
    path.write_text("\n".join([header, *(",".join(row) for row in rows), ""]))
    return path


def read(path, ids=None):
    return read_labels(path, images(ids), "images.file")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("suffix", ["csv", "tsv"])
def test_labels_are_words_whatever_they_are_called(tmp_path, encoding, suffix):
    path = write(tmp_path / f"labels.{suffix}", ROWS)
    text = path.read_text().replace("\n", "\r\n")
    text = text.replace(",", "\t") if suffix == "tsv" else text
    path.write_bytes(text.encode(encoding))
    labels = read(path)
    assert list(labels) == ["object", "pattern"]
    assert list(labels.itertuples(index=False, name=None)) == ROWS


def test_parquet_and_csv_give_the_same_words(tmp_path):
    frame = pd.DataFrame(ROWS, columns=["object", "pattern"]).assign(size=[1, 2, None, 1])
    frame.to_csv(tmp_path / "labels.csv", index=False, float_format="%.0f")
    frame.to_parquet(tmp_path / "labels.parquet")
    labels = read(tmp_path / "labels.parquet")
    pd.testing.assert_frame_equal(labels, read(tmp_path / "labels.csv"))
    assert labels["size"].tolist() == ["1", "2", None, "1"]


def test_only_empty_cells_are_missing(tmp_path):
    rows = [("shirt", ""), ("", "dots"), ("", ""), ('""', '"a, ""b"""')]
    labels = read(write(tmp_path / "labels.csv", rows))
    assert labels["object"].tolist() == ["shirt", None, None, None]
    assert labels["pattern"].tolist() == [None, "dots", None, 'a, "b"']
    (tmp_path / "one.csv").write_text('object\nshirt\n""\ncoat\n""\n')
    assert read(tmp_path / "one.csv")["object"].tolist() == ["shirt", None, "coat", None]


def test_an_id_joins_rows_and_is_no_label(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    turned = [(*ROWS[row], IDS[row]) for row in (2, 0, 3, 1)]
    path = write(tmp_path / "labels.csv", turned, "object,pattern,id")
    labels = read(path, IDS)
    assert list(labels.itertuples(index=False, name=None)) == ROWS
    write(path, [(*ROWS[row], IDS[row]) for row in range(4)], "object,pattern,image_id")
    assert list(read(path)) == ["object", "pattern"]
    assert "column 'image_id' is not read, images.file has no ids" in caplog.text


def test_padded_numbers_are_the_same_ids(tmp_path):
    rows = [(f"{row:012d}", f"label{row}") for row in (3, 1, 0, 2)]
    path = write(tmp_path / "labels.csv", rows, "id,object")
    assert read(path, ["0", "1", "2", "3"])["object"].tolist() == [f"label{n}" for n in range(4)]


def test_ids_that_are_not_in_both_are_counted_or_refused(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    path = write(tmp_path / "labels.csv", [("a", "x"), ("q", "y"), ("c", "x")], "id,object")
    assert read(path, IDS)["object"].tolist() == ["x", None, "x", None]
    assert "labels.csv: no labels for 2 of 4 images" in caplog.text
    assert "labels of 1 items that are not in images.file" in caplog.text
    write(path, [("a", "x"), ("a", "y")], "id,object")
    with pytest.raises(InputError, match=r"labels\.csv: id 'a' in row 1 was used before"):
        read(path, IDS)
    write(path, [("v", "x"), ("w", "y")], "id,object")
    with pytest.raises(InputError, match="share no id"):
        read(path, IDS)


@pytest.mark.parametrize("rows", [ROWS[:3], [*ROWS, ROWS[0]], ROWS[:1]])
def test_another_number_of_rows_is_refused(tmp_path, rows):
    with pytest.raises(InputError, match=rf"labels\.csv: {len(rows)} rows of labels for 4 images"):
        read(write(tmp_path / "labels.csv", rows))


def test_a_table_without_header_is_known_by_its_words_or_numbers(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    (tmp_path / "bare.csv").write_text("x,1\ny,2\ny,1\nx,2\n")
    assert read(tmp_path / "bare.csv")["object"].tolist() == ["x", "y", "y", "x"]
    assert "bare.csv: no header; the columns are called object, attribute_1" in caplog.text
    (tmp_path / "numbers.csv").write_text("3\n1\n2\n1\n")
    assert read(tmp_path / "numbers.csv")["object"].tolist() == ["3", "1", "2", "1"]


def test_the_index_of_a_frame_is_no_label(tmp_path, caplog):
    frame = pd.DataFrame(ROWS, columns=["object", "pattern"])
    frame.to_csv(tmp_path / "labels.csv")
    assert list(read(tmp_path / "labels.csv")) == ["object", "pattern"]
    assert caplog.text == ""
    frame.iloc[[2, 0, 3, 1]].to_parquet(tmp_path / "labels.parquet")
    assert list(read(tmp_path / "labels.parquet")) == ["object", "pattern"]
    assert "its pandas index is out of order" in caplog.text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("object,object\n" + "a,b\n" * 4, "column 'object' appears twice"),
        ("id\na\nb\nc\nd\n", "no column of labels"),
        ("object,pattern\n" + "a,\n" * 4, "column 'pattern' is empty"),
        ("object,,pattern\n" + "a,b,c\n" * 4, "column 2 has no name"),
        ("object,pattern\na,b\nc\na,b\na,b\n", "line 3 has 1 cells, line 1 has 2"),
        ("", "an empty file"),
    ],
)
def test_unsound_tables_are_refused(tmp_path, text, message):
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(InputError, match=rf"labels\.csv: {message}"):
        read(tmp_path / "labels.csv")


def test_files_that_are_no_tables_are_named(tmp_path):
    (tmp_path / "old.csv").write_bytes("object\ncafé\n".encode("cp1252"))
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 not really")
    (tmp_path / "labels.json").write_text("[]")
    for name, message in (
        ("old.csv", "line 2 is not UTF-8 text"),
        ("broken.parquet", "not a readable Parquet file"),
        ("labels.json", "0 rows of labels for 4 images"),
        ("labels.xlsx", "expected labels in one of .csv"),
        ("none.csv", "no such file"),
    ):
        with pytest.raises(InputError, match=rf"{name}: {message}"):
            read(tmp_path / name)


def images_with(ids):
    return Embeddings(pd.DataFrame({"id": ids}), np.ones((len(ids), 2), np.float32), {})


FILES = [f"{name}.jpg" for name in "abcdef"]
OBJECTS = ["cat", "dog", "cat", "dog", "owl", "owl"]


def _json(path, content):
    path.write_text(json.dumps(content))


SAVED = {
    "a.json": lambda path: _json(path, [{"object": name} for name in OBJECTS]),
    "b.jsonl": lambda path: pd.DataFrame({"object": OBJECTS}).to_json(
        path, orient="records", lines=True
    ),
    "c.json": lambda path: _json(path, OBJECTS),
    "d.json": lambda path: _json(path, dict(reversed(list(zip(FILES, OBJECTS, strict=True))))),
    "e.npy": lambda path: np.save(path, OBJECTS),
    "f.npz": lambda path: np.savez(path, image_features=np.ones((6, 2)), labels=OBJECTS),
}


@pytest.mark.parametrize("name", SAVED)
def test_labels_are_read_from_json_and_arrays(tmp_path, name):
    SAVED[name](tmp_path / name)
    labels = read_labels(tmp_path / name, images_with(FILES), "images.npy")
    assert labels["object"].tolist() == OBJECTS


def test_numbers_and_rows_of_one_1_are_class_numbers(tmp_path, caplog):
    numbers = np.array([3, 1, 3, 1, 0, 0])
    for array in (numbers, numbers[:, None], np.eye(4)[numbers]):
        np.save(tmp_path / "a.npy", array)
        labels = read_labels(tmp_path / "a.npy", images_with(FILES), "images.npy")
        assert labels["object"].tolist() == list(map(str, numbers))
    assert "one 1 in each row of (6, 4): read as class numbers" in caplog.text
    np.save(tmp_path / "a.npy", np.ones((6, 4)))
    with pytest.raises(InputError, match=r"a\.npy: an array of shape \(6, 4\).*expected one label"):
        read_labels(tmp_path / "a.npy", images_with(FILES), "images.npy")


def test_columns_that_part_nothing_are_left_out_and_said(tmp_path, caplog):
    columns = {"split": ["test"] * 6, "caption": [f"no {n}" for n in range(6)], "kind": OBJECTS}
    pd.DataFrame(columns).to_csv(tmp_path / "a.csv", index=False)
    images = images_with(FILES)
    labels = read_labels(tmp_path / "a.csv", images, "images.npy")
    assert list(usable_labels(labels, images, ("a.csv", "images.npy"))) == ["kind"]
    assert "'split', 'caption' left out, the same for all images or another for each" in caplog.text
    assert "'kind' is the object" in caplog.text


@pytest.mark.parametrize("name", ["images/{}.jpg", "C:\\pictures\\{}.jpg", "{}", "x/{}.png"])
def test_names_of_files_are_known_in_other_folders_and_without_endings(tmp_path, caplog, name):
    caplog.set_level(logging.INFO)
    rows = {"file": [name.format(letter) for letter in "fedcba"], "object": OBJECTS[::-1]}
    pd.DataFrame(rows).to_csv(tmp_path / "a.csv", index=False)
    labels = read_labels(tmp_path / "a.csv", images_with(FILES), "images.npy")
    assert labels["object"].tolist() == OBJECTS
    assert "ids are compared as names of files without their folders" in caplog.text


def test_names_of_other_files_are_refused(tmp_path):
    """Two folders with files of one name are two files."""
    for names in ([f"{n}.jpg" for n in range(6)], [f"{n}/a.jpg" for n in range(6)]):
        rows = {"file_name": names, "object": OBJECTS}
        pd.DataFrame(rows).to_csv(tmp_path / "a.csv", index=False)
        images = images_with(FILES)
        labels = read_labels(tmp_path / "a.csv", images, "images.npy")
        with pytest.raises(InputError, match="column 'file_name' names other items than images"):
            usable_labels(labels, images, ("a.csv", "images.npy"))


@pytest.mark.parametrize("name", ["ids", "image_ids", "file_names"])
@pytest.mark.parametrize("suffix", ["npz", "pt"])
def test_arrays_that_name_the_rows_of_labels_join_them(tmp_path, name, suffix, caplog):
    path = tmp_path / f"a.{suffix}"
    arrays = {"labels": OBJECTS[::-1], name: FILES[::-1]}
    if suffix == "npz":
        np.savez(path, **arrays)
    else:
        torch = pytest.importorskip("torch")
        torch.save(arrays, path)
    caplog.set_level(logging.INFO)
    labels = read_labels(path, images_with(FILES), "images.npy")
    assert list(labels) == ["object"]
    assert labels["object"].tolist() == OBJECTS
    assert "has no ids" not in caplog.text


def named_images(n=6):
    ids = [f"{number:012}.jpg" for number in range(40, 40 + n)]
    return Embeddings(pd.DataFrame({"id": ids}), np.ones((n, 2), np.float32), {}), ids


OBJECTS = ["cat", "dog", "cat", "dog", "cat", "dog"]
NAMED = {
    "no_header.csv": lambda path, frame: frame.to_csv(path, index=False, header=False),
    "numbers.csv": lambda path, frame: frame.assign(
        id=range(45, 39, -1), object=[1, 0, 1, 0, 1, 0]
    ).to_csv(path, index=False, header=False),
    "rows.json": lambda path, frame: path.write_text(json.dumps(frame.to_numpy().tolist())),
    "lists.json": lambda path, frame: path.write_text(json.dumps(frame.to_dict("list"))),
    "pandas.json": lambda path, frame: frame.to_json(path),
    "index.json": lambda path, frame: frame.set_index("id").to_json(path),
    "rows_by_name.json": lambda path, frame: frame.set_index("id").to_json(path, orient="index"),
    "table.feather": lambda path, frame: frame.to_feather(path),
}


@pytest.mark.parametrize("name", NAMED)
def test_labels_that_name_their_images_are_joined_by_name(tmp_path, name):
    """They were refused: a first row was taken for a header, and frames in JSON for one row."""
    cloud, ids = named_images()
    frame = pd.DataFrame({"id": ids[::-1], "object": OBJECTS[::-1]})
    NAMED[name](tmp_path / name, frame)
    labels = read_labels(tmp_path / name, cloud, "images.file")
    expected = ["0", "1"] * 3 if name == "numbers.csv" else OBJECTS
    assert list(labels) == ["object"]
    assert labels["object"].tolist() == expected


def test_labels_of_some_images_without_a_header_lose_none(tmp_path):
    cloud, ids = named_images()
    (tmp_path / "l.csv").write_text(f"{ids[4]},cat,red\n{ids[1]},dog,blue\n")
    labels = read_labels(tmp_path / "l.csv", cloud, "images.file")
    assert labels["object"].tolist() == [None, "dog", None, None, "cat", None]
    assert list(labels) == ["object", "attribute_1"]


def test_whole_numbers_that_pandas_wrote_as_decimals_are_the_same_labels(tmp_path):
    frame = pd.DataFrame({"object": [1.0, None, 2.0, 1.0], "size": [1.5, 2.0, 1.5, 2.0]})
    frame.to_csv(tmp_path / "l.csv", index=False)
    labels = read(tmp_path / "l.csv")
    assert labels["object"].tolist() == ["1", None, "2", "1"]
    assert labels["size"].tolist() == ["1.5", "2.0", "1.5", "2.0"]


@pytest.mark.parametrize("name", ["id", "idx"])
def test_numbers_that_count_images_in_another_order_are_said(tmp_path, caplog, name):
    rows = [("2", "a"), ("0", "b"), ("1", "a"), ("3", "b")]
    read(write(tmp_path / "l.csv", rows, f"{name},object"))
    assert f"l.csv: '{name}' counts rows in another order" in caplog.text
    caplog.clear()
    read(write(tmp_path / "l.csv", sorted(rows), f"{name},object"))
    assert "another order" not in caplog.text


def test_labels_that_are_python_objects_are_to_be_saved_as_words(tmp_path):
    np.save(tmp_path / "l.npy", np.array(OBJECTS, dtype=object))
    with pytest.raises(InputError, match=r"l\.npy: .*labels as numbers or words: .*astype\(str\)"):
        read(tmp_path / "l.npy")


def test_a_row_of_labels_that_comes_again_is_one(tmp_path, caplog):
    """As a table with a row for each caption has them; another label for an image is refused."""
    caplog.set_level(logging.INFO)
    cloud, ids = named_images()
    frame = pd.DataFrame({"id": ids, "object": OBJECTS})
    pd.concat([frame, frame[::-1]], ignore_index=True).to_csv(tmp_path / "l.csv")
    labels = read_labels(tmp_path / "l.csv", cloud, "images.file")
    assert labels["object"].tolist() == OBJECTS
    assert "l.csv: 6 rows repeat others" in caplog.text
    pd.concat([frame, frame.assign(object="cow")]).to_csv(tmp_path / "l.csv", index=False)
    with pytest.raises(InputError, match=r"l\.csv: id '000000000040\.jpg' in row 6 was used"):
        read_labels(tmp_path / "l.csv", cloud, "images.file")


@pytest.mark.parametrize(
    "content", [{"a": ["cat"], "b": ["dog"]}, {"cat": ["a"], "dog": ["b", "c"]}]
)
def test_lists_of_labels_are_named(tmp_path, content):
    (tmp_path / "l.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=r"l\.json: columns \[.*\] hold lists; expected one label"):
        read(tmp_path / "l.json")


def test_words_that_count_images_join_names_in_words(tmp_path):
    path = write(
        tmp_path / "l.csv", [("2", "a"), ("0", "b"), ("1", "c"), ("3", "b")], "file,object"
    )
    assert read(path, list("0123"))["object"].tolist() == ["b", "c", "a", "b"]
