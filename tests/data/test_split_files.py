import pytest

from modgap.data.split_files import SHARDS, TABLES, ignored_files, need_split_files, split_files
from modgap.errors import InputError


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def needed(folder, split, suffixes=TABLES):
    return [
        path.relative_to(folder).as_posix() for path in need_split_files(folder, split, suffixes)
    ]


@pytest.mark.parametrize(
    ("names", "split"),
    [
        (["test.arrow", "test.parquet"], "test"),
        (["test-00000-of-00001.arrow", "test-00000-of-00001.parquet"], "all"),
        (["test-00000-of-00002.parquet", "test-00001-of-00002.parquet", "test.parquet"], "test"),
        (["test-00000-of-00002.parquet", "test-00001-of-00002.parquet", "test.parquet"], "all"),
        (["test-0.parquet", "test-00000-of-00001.parquet"], "test"),
        (["test.parquet", "test/0000.parquet"], "all"),
    ],
)
def test_files_that_may_hold_the_same_are_refused(tmp_path, names, split):
    touch(tmp_path, *names)
    shown = f"{names[0]} and {names[-1]}"
    with pytest.raises(InputError, match=f"{shown} may hold the same pictures; leave one"):
        need_split_files(tmp_path, split, TABLES)


def test_the_parts_of_each_split_are_counted_on_their_own(tmp_path):
    names = [f"{split}-0000{n}-of-00002.parquet" for split in ("test", "train") for n in (0, 1)]
    touch(tmp_path, *names)
    assert needed(tmp_path, "all") == [names[n] for n in (0, 2, 1, 3)]
    (tmp_path / names[3]).unlink()
    with pytest.raises(InputError, match=r"train-00000-of-00002\.parquet: one of 2 parts, of whi"):
        need_split_files(tmp_path, "all", TABLES)


def test_the_whole_name_goes_before_a_number_at_its_end(tmp_path):
    touch(tmp_path, "val2017.tar", "val2014.tar", "test0.tar", "test1.tar", "train2017-0.tar")
    assert needed(tmp_path, "val2017", SHARDS) == ["val2017.tar"]
    assert needed(tmp_path, "train2017", SHARDS) == ["train2017-0.tar"]
    assert needed(tmp_path, "test", SHARDS) == ["test0.tar", "test1.tar"]
    assert len(needed(tmp_path, "all", SHARDS)) == 5
    with pytest.raises(InputError, match=r"did you mean 'val2017'"):
        need_split_files(tmp_path, "val2018", SHARDS)


def test_hidden_files_and_what_map_leaves_are_of_no_split(tmp_path):
    ignored = ["._test.parquet", ".cache/test.arrow", "__MACOSX/test.parquet", "cache-12ab.arrow"]
    touch(tmp_path, "test.parquet", "tmp.parquet", *ignored, "._test.tar")
    assert needed(tmp_path, "test") == ["test.parquet"]
    assert needed(tmp_path, "all") == ["test.parquet", "tmp.parquet"]
    what = [*["hidden"] * 3, "left behind by datasets.map"]
    assert ignored_files(tmp_path, TABLES) == list(zip(ignored, what, strict=True))


def test_a_table_of_another_name_counts_where_its_rows_name_their_splits(tmp_path):
    touch(tmp_path, "data.parquet", "urls.parquet", "data.tar")
    everything = [tmp_path / "data.parquet", tmp_path / "urls.parquet"]
    # Snakemake cannot look into them.
    assert split_files(tmp_path, "test", TABLES) == everything
    assert split_files(tmp_path, "test", SHARDS) == []
    found = need_split_files(tmp_path, "test", TABLES, lambda path: path.name == "data.parquet")
    assert found == everything[:1]
    expected = "none with a filled column `split`; its splits are: data, urls"
    with pytest.raises(InputError, match=expected):
        need_split_files(tmp_path, "test", TABLES)
    touch(tmp_path, "test.parquet")
    assert split_files(tmp_path, "test", TABLES) == [tmp_path / "test.parquet"]


def test_any_file_in_the_folder_of_a_split_is_of_it(tmp_path):
    touch(tmp_path, "test/shard-0.tar", "test/shard-1.tar", "train/shard-0.tar")
    assert needed(tmp_path, "test", SHARDS) == ["test/shard-0.tar", "test/shard-1.tar"]
    assert len(needed(tmp_path, "all", SHARDS)) == 3


def test_parts_with_a_hash_behind_their_number(tmp_path):
    names = [f"train-0000{n}-of-00002-566cc9b19d7203f8.parquet" for n in (0, 1)]
    touch(tmp_path, *names)
    assert needed(tmp_path, "train") == names
    (tmp_path / names[1]).unlink()
    with pytest.raises(InputError, match="one of 2 parts, of which 1 are there"):
        need_split_files(tmp_path, "train", TABLES)


def test_parts_in_a_folder_that_is_called_like_a_table(tmp_path):
    """As Spark and dask write them; the folder was opened as a table."""
    spark = [f"test.parquet/part-0000{n}-5a6b-c000.snappy.parquet" for n in (0, 1)]
    touch(tmp_path, *spark, "test.parquet/_SUCCESS", "train.parquet/part.0.parquet")
    assert needed(tmp_path, "test") == spark
    assert needed(tmp_path, "train") == ["train.parquet/part.0.parquet"]
    assert len(needed(tmp_path, "all")) == 3
    with pytest.raises(InputError, match="its splits are: test, train"):
        need_split_files(tmp_path, "dev", TABLES)


def test_what_lies_behind_a_link_to_a_folder_is_of_the_data_set(tmp_path):
    """Of split "all" it was left out without a word."""
    touch(tmp_path / "other", "1.tar")
    touch(tmp_path / "here", "test/0.tar")
    (tmp_path / "here" / "more").symlink_to(tmp_path / "other")
    assert needed(tmp_path / "here", "all", SHARDS) == ["more/1.tar", "test/0.tar"]
    assert needed(tmp_path / "here", "more", SHARDS) == ["more/1.tar"]
