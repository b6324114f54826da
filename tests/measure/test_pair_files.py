import json

import numpy as np
import pandas as pd
import pytest

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.measure.labels import read_labels
from modgap.measure.pairs import pairs_of_tables, read_pairs

PAIRS = np.array([(0, 3), (1, 0), (2, 1), (3, 2), (4, 4)])
PATHS = ("images.file", "texts.file")
WORDS = list("abcde")


def cloud(**columns):
    return Embeddings(pd.DataFrame(columns, index=range(5)), np.ones((5, 2), np.float32), {})


def read(path, images=None, texts=None):
    return read_pairs(path, images or cloud(), texts or cloud(), PATHS)


def frame(**columns):
    return pd.DataFrame({"image": PAIRS[:, 0], "text": PAIRS[:, 1], **columns})


@pytest.mark.parametrize("name", ["match", "is_match", "positive", "Is Positive"])
@pytest.mark.parametrize("values", [[1, 0, 1, 1, 0], [True, False, True, True, False]])
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_rows_that_are_said_to_be_no_pairs_are_refused(tmp_path, name, values, suffix):
    path = tmp_path / f"pairs.{suffix}"
    getattr(frame(**{name: values}), f"to_{suffix}")(path, index=False)
    with pytest.raises(InputError, match=rf"pairs\.{suffix}: column '{name}' .*: 2 of 5 are none"):
        read(path)


@pytest.mark.parametrize("values", [[1] * 5, [0.1, 0, 1, 1, 0], [0, 1, 2, 1, 0]])
def test_columns_that_say_no_such_thing_are_not_read(tmp_path, values):
    frame(match=values, split=[0, 1, 0, 1, 0]).to_csv(tmp_path / "pairs.csv", index=False)
    np.testing.assert_array_equal(read(tmp_path / "pairs.csv"), PAIRS)


def test_a_format_that_holds_no_pairs_is_named_with_those_that_may(tmp_path):
    (tmp_path / "pairs.xml").write_text("<pairs/>")
    with pytest.raises(InputError, match=r"format '\.xml' is not read as pairs; .*") as error:
        read(tmp_path / "pairs.xml")
    expected = str(error.value).split("expected one of ")[1].split(", ")
    assert ".csv" in expected
    assert ".npy" in expected
    assert ".xml" not in expected


@pytest.mark.parametrize("name", ["image_id", "image"])
def test_ids_that_pandas_wrote_as_decimals_are_whole(tmp_path, name):
    """A column with a missing cell is one of floating-point numbers: 50 becomes 50.0."""
    images, texts = cloud(id=[str(row + 50) for row in range(5)]), cloud(id=WORDS)
    cells = {name: PAIRS[:, 0] + 50.0, "text": [WORDS[row] for row in PAIRS[:, 1]]}
    pd.DataFrame(cells).to_csv(tmp_path / "pairs.csv", index=False)
    np.testing.assert_array_equal(read(tmp_path / "pairs.csv", images, texts), PAIRS)
    labels = pd.DataFrame({"id": np.arange(54.0, 49, -1), "object": WORDS})
    labels.to_csv(tmp_path / "labels.csv", index=False)
    found = read_labels(tmp_path / "labels.csv", images, "images.file")
    assert found["object"].tolist() == WORDS[::-1]


def test_versions_are_no_whole_numbers():
    ids = ["1.0", "1.1", "1.10", "2.0", "10.0"]
    moved = [ids[row] for row in PAIRS[:, 1]]
    found = pairs_of_tables(cloud(id=ids), cloud(id=moved), PATHS)
    assert found[:, 0].tolist() == PAIRS[:, 1].tolist()
    whole = [f"{row}.0" for row in range(5)]
    found = pairs_of_tables(cloud(id=whole), cloud(id=["3", "0", "1", "2", "4"]), PATHS)
    assert found[:, 0].tolist() == PAIRS[:, 1].tolist()


@pytest.mark.parametrize("kind", ["int64", "float64", "str"])
def test_arrays_of_ids_are_looked_up(tmp_path, kind):
    images = cloud(id=[str(row + 50) for row in range(5)])
    np.save(tmp_path / "pairs.npy", np.add(PAIRS, (50, 0)).astype(kind))
    np.testing.assert_array_equal(read(tmp_path / "pairs.npy", images), PAIRS)


def test_words_are_looked_up_in_the_plainest_column(tmp_path):
    texts = cloud(id=list("vwxyz"))
    others = [WORDS[row] for row in PAIRS[:, 1]]
    cells = {"image": [WORDS[row] for row in PAIRS[:, 0]], "text": list("yvwxz")}
    pd.DataFrame(cells).to_csv(tmp_path / "pairs.csv", index=False)
    for name in ("hard_negative_image", "similar"):
        images = cloud(**{name: others, "file_name": WORDS})
        np.testing.assert_array_equal(read(tmp_path / "pairs.csv", images, texts), PAIRS)
    images = cloud(similar=others, other=WORDS)
    with pytest.raises(InputError, match=r"images\.file: columns 'similar' and 'other' both have"):
        read(tmp_path / "pairs.csv", images, texts)


@pytest.mark.parametrize("name", ["label", "score"])
def test_a_label_says_which_rows_are_pairs_where_an_item_is_in_rows_of_both(tmp_path, name):
    table = pd.DataFrame({"image": [0, 1, 0], "text": [0, 1, 1], name: [1, 1, 0]})
    table.to_csv(tmp_path / "pairs.csv", index=False)
    with pytest.raises(InputError, match=rf"column '{name}' says which rows are pairs: 1 of 3"):
        read(tmp_path / "pairs.csv")
    # As the classes of memes: each image and each text once.
    table = pd.DataFrame({"image": range(5), "text": range(5), name: [1, 0, 0, 1, 0]})
    table.to_csv(tmp_path / "pairs.csv", index=False)
    assert len(read(tmp_path / "pairs.csv")) == 5


FORMS = {
    "records.json": lambda path: frame().to_json(path, orient="records"),
    "records.jsonl": lambda path: frame().to_json(path, orient="records", lines=True),
    "lists.json": lambda path: path.write_text(json.dumps(PAIRS.tolist())),
    "columns.json": lambda path: path.write_text(json.dumps(frame().to_dict("list"))),
    "pandas.json": lambda path: frame().to_json(path),
    "index.json": lambda path: frame().to_json(path, orient="index"),
    "lists.jsonl": lambda path: path.write_text("[0,3]\n[1,0]\n[2,1]\n[3,2]\n[4,4]\n"),
    "header.json": lambda path: path.write_text(
        json.dumps([["text", "image"], *PAIRS[:, ::-1].tolist()])
    ),
    "table.feather": lambda path: frame().to_feather(path),
}


@pytest.mark.parametrize("name", FORMS)
def test_pairs_are_read_from_json_and_arrow_too(tmp_path, name):
    FORMS[name](tmp_path / name)
    np.testing.assert_array_equal(read(tmp_path / name), PAIRS)


def test_words_beside_the_ids_of_texts_are_no_second_text(tmp_path):
    frame(caption=WORDS).rename(columns={"text": "text_id"}).to_csv(tmp_path / "pairs.csv")
    np.testing.assert_array_equal(read(tmp_path / "pairs.csv"), PAIRS)


def test_several_partners_in_a_cell_are_refused(tmp_path):
    cells = pd.DataFrame({"image": [0, 1], "text": [[0, 1], [2]], "note": ["a", "b"]})
    cells.to_parquet(tmp_path / "pairs.parquet")
    with pytest.raises(InputError, match="several partners in one cell; write a row for each"):
        read(tmp_path / "pairs.parquet")
    frame(beside=[[0.5]] * 5).to_parquet(tmp_path / "more.parquet")
    np.testing.assert_array_equal(read(tmp_path / "more.parquet"), PAIRS)
