"""Which rows of tables of pictures are those of a split."""

import pyarrow as pa
import pytest
from helpers.tiny_picture_tables import PICTURES, RECORDS, WORDS, N, read, save, save_arrow

from modgap.errors import InputError

PLACES = {
    "parts": ("data/test-00000-of-00002.parquet", "data/test-00001-of-00002.parquet"),
    "folder of the split": ("default/test/0000.parquet", "default/test/0001.parquet"),
}


@pytest.mark.parametrize("place", PLACES)
def test_parts_come_in_order_and_other_splits_are_no_part(tmp_path, place):
    for name, rows in zip(PLACES[place], (slice(0, 3), slice(3, N)), strict=True):
        save(tmp_path / "in" / name, image=RECORDS[rows], text=WORDS[rows])
        save(tmp_path / "in" / name.replace("test", "train"), image=RECORDS[:1], text=["other"])
    assert read(tmp_path / "in").texts["text"].tolist() == WORDS
    (tmp_path / "in" / PLACES["parts"][1]).unlink(missing_ok=True)
    if place == "parts":
        with pytest.raises(InputError, match="one of 2 parts, of which 1 are there"):
            read(tmp_path / "in")


def test_a_part_missing_between_others_is_named(tmp_path):
    for number in (0, 2):
        save(tmp_path / "in" / "test" / f"000{number}.parquet", image=RECORDS, caption=WORDS)
    with pytest.raises(InputError, match="no part 1, but one after it"):
        read(tmp_path / "in")


def test_a_column_says_the_split(tmp_path):
    splits = ["train", "test", "test", "val", "test"]
    folder = save(tmp_path / "in" / "TEST.parquet", image=RECORDS, caption=WORDS, split=splits)
    (folder / "TEST.parquet").rename(folder / "test.parquet")
    assert read(folder).texts["text"].tolist() == [WORDS[1], WORDS[2], WORDS[4]]
    (folder / "test.parquet").rename(folder / "vat.parquet")
    with pytest.raises(InputError, match=r"no row of split 'vat'; .*val"):
        read(folder, "vat")


@pytest.mark.parametrize("name", ["data/TEST-00000-of-00001.parquet", "data.parquet"])
def test_a_column_says_the_split_in_a_table_of_any_name(tmp_path, name):
    splits = ["test", "test ", "train", "Test", "val"]
    save(tmp_path / "in" / name, image=RECORDS, caption=WORDS, split=splits)
    save((tmp_path / "in" / name).with_name("urls.parquet"), url=WORDS)
    draft = read(tmp_path / "in")
    assert draft.texts["text"].tolist() == [*WORDS[:2], WORDS[3]]
    # "Test" beside "test" was in neither, without a word.
    assert [(note.remark, note.action) for note in draft.notes] == [
        ("rows of split 'Test': 1", "taken as 'test'")
    ]
    assert read(tmp_path / "in", "train").texts["text"].tolist() == [WORDS[2]]
    with pytest.raises(InputError, match=r"no row of split 'tast'; did you mean 'test'"):
        read(tmp_path / "in", "tast")


def test_tables_without_the_split_in_name_or_column_are_named(tmp_path):
    save(tmp_path / "in" / "train.parquet", image=RECORDS, caption=WORDS)
    expected = r"of split 'test' .*, and none with a filled column `split`; its splits are: train"
    with pytest.raises(InputError, match=expected):
        read(tmp_path / "in")


@pytest.mark.parametrize("name", ["test.parquet", "data.arrow"])
def test_the_column_of_splits_is_known_in_any_letters(tmp_path, name):
    """In test.parquet the rows of all splits were taken."""
    splits = ["train", "test", None, "nan", "val"]
    table = pa.table({"image": RECORDS, "caption": WORDS, "Split": splits})
    if name.endswith(".arrow"):
        save_arrow(tmp_path / "in" / name, table, pa.ipc.new_file)
    else:
        save(tmp_path / "in" / name, **dict(zip(table.column_names, table.columns, strict=True)))
    draft = read(tmp_path / "in")
    assert draft.texts["text"].tolist() == [WORDS[1]]
    assert [each.problem for each in draft.problems] == [
        "rows without a split: 2, the first is row 2; fill the column `split` in"
    ]


def test_a_split_that_is_no_word_is_not_passed_over(tmp_path):
    splits = [["train"], ["test"], ["test"], ["test"], ["val"]]
    folder = save(tmp_path / "in" / "test.parquet", image=RECORDS, caption=WORDS, split=splits)
    with pytest.raises(InputError, match=r"no row of split 'test'; .*\['test'\]"):
        read(folder)


@pytest.mark.parametrize(("value", "asked"), [(1, "1"), (1.0, "1"), (True, "True")])
def test_splits_may_be_numbers(tmp_path, value, asked):
    splits = [value, value, type(value)(0), value, type(value)(0)]
    folder = save(tmp_path / "in" / "data.parquet", image=RECORDS, caption=WORDS, split=splits)
    assert read(folder, asked).texts["text"].tolist() == [WORDS[0], WORDS[1], WORDS[3]]


def test_rows_that_name_no_split_are_a_problem(tmp_path):
    splits = ["test", None, " ", "train", "test"]
    folder = save(tmp_path / "in" / "data.parquet", image=RECORDS, caption=WORDS, split=splits)
    draft = read(folder)
    assert draft.texts["text"].tolist() == [WORDS[0], WORDS[4]]
    assert [(each.item, each.problem) for each in draft.problems] == [
        (
            "data.parquet",
            "rows without a split: 2, the first is row 1; fill the column `split` in",
        )
    ]
    whole = read(folder, "all")
    assert (whole.texts["text"].tolist(), whole.problems) == (WORDS, [])
    empty = pa.array([None] * N, pa.string())
    save(folder / "data.parquet", image=RECORDS, caption=WORDS, split=empty)
    with pytest.raises(InputError, match="none with a filled column `split`; its splits are: data"):
        read(folder)


def test_the_name_of_a_table_says_its_split_where_no_row_does(tmp_path):
    for empty in (pa.array([None] * N, pa.string()), pa.nulls(N), [" "] * N):
        folder = save(tmp_path / "in" / "test.parquet", image=RECORDS, caption=WORDS, split=empty)
        draft = read(folder)
        assert (draft.texts["text"].tolist(), draft.problems) == (WORDS, [])


def test_files_of_one_name_in_the_folders_of_splits_are_told_apart(tmp_path):
    """As save_to_disk writes the splits of a data set, whose pictures have no names."""
    for part, rows in (("test", slice(0, 2)), ("train", slice(2, N))):
        table = pa.table({"image": PICTURES[rows], "caption": WORDS[rows]})
        path = tmp_path / "in" / part / "data-00000-of-00001.arrow"
        save_arrow(path, table, pa.ipc.new_stream)
    draft = read(tmp_path / "in", "all")
    places = [("test", 0), ("test", 1), ("train", 0), ("train", 1), ("train", 2)]
    ids = [f"{part}/data-00000-of-00001.arrow row {row}" for part, row in places]
    assert draft.images["image_id"].tolist() == ids
    assert draft.texts["text"].tolist() == WORDS


def test_the_folders_that_a_column_of_splits_parts_a_table_in(tmp_path):
    """As duckdb, polars and pandas write them, with or without the column in the files."""
    for part, rows in (("test", slice(0, 2)), ("train", slice(2, N))):
        columns = {"image": RECORDS[rows], "caption": WORDS[rows]}
        columns["split"] = [part] * len(columns["caption"])
        save(tmp_path / "polars" / f"split={part}" / "00000000.parquet", **columns)
        del columns["split"]
        save(tmp_path / "duckdb" / f"split={part}" / "data_0.parquet", **columns)
        save(tmp_path / "pandas" / f"split={part}" / f"{'0af1' * 8}-0.parquet", **columns)
    for folder in (tmp_path / "polars", tmp_path / "duckdb", tmp_path / "pandas"):
        assert read(folder).texts["text"].tolist() == WORDS[:2]
        assert read(folder, "all").texts["text"].tolist() == WORDS
    # The name of the folder itself is a split too.
    assert read(folder, "split=train").texts["text"].tolist() == WORDS[2:]
    with pytest.raises(InputError, match="its splits are: test, train"):
        read(folder, "val")
