import gzip

import pytest

from modgap.data.corpus import read_captions
from modgap.errors import InputError


def test_a_text_file_has_a_caption_per_line(tmp_path):
    path = tmp_path / "captions.txt"
    path.write_text('a red dog\n\n  the "blue\tcat"  \n')
    assert list(read_captions(path)) == ["a red dog", 'the "blue\tcat"']


@pytest.mark.parametrize("name", ["c.tsv", "c.tsv.gz", "c.csv", "c.csv.gz"])
def test_a_column_of_a_table(tmp_path, name):
    separator = "," if ".csv" in name else "\t"
    text = f"url{separator}caption\nx{separator}a dog\ny{separator}\nz{separator}ein Bär\n"
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    assert list(read_captions(path, "caption")) == ["a dog", "ein Bär"]


def test_quotes_mean_something_in_csv_alone(tmp_path):
    (tmp_path / "c.csv").write_text('caption,url\n"a dog, running",x\n')
    assert list(read_captions(tmp_path / "c.csv", "caption")) == ["a dog, running"]
    (tmp_path / "c.tsv").write_text('caption\turl\n"a dog, running\tx\n')
    assert list(read_captions(tmp_path / "c.tsv", "caption")) == ['"a dog, running']


def test_captions_come_one_at_a_time(tmp_path):
    path = tmp_path / "c.txt"
    path.write_text("first\nsecond\n")
    captions = read_captions(path)
    assert next(captions) == "first"


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.txt: no such file"):
        list(read_captions(tmp_path / "none.txt"))
    path = tmp_path / "c.tsv"
    path.write_text("url\tcaption\nx\n")
    with pytest.raises(InputError, match=r"no column 'text'; it has \['url', 'caption'\]"):
        list(read_captions(path, "text"))
    with pytest.raises(InputError, match=r"line 2 ends before column 'caption'"):
        list(read_captions(path, "caption"))
