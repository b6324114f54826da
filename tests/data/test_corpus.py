import gzip

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
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


def _parquet(path, captions, column="caption", kind=None):
    pq.write_table(pa.table({column: pa.array(captions, kind or pa.string())}), path)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
def test_a_column_of_a_parquet_table(tmp_path, kind):
    path = tmp_path / "c.parquet"
    _parquet(path, ["a dog", None, " ", "None", "ein Bär "], kind=kind)
    assert list(read_captions(path)) == ["a dog", "None", "ein Bär"]


def test_parquet_as_pandas_and_as_categories(tmp_path):
    path = tmp_path / "c.parquet"
    frame = pd.DataFrame({"url": [1, 2], "caption": ["a dog", "NA"]})
    for kind in ("object", "string", "category"):
        frame.astype({"caption": kind}).to_parquet(path)
        assert list(read_captions(path, "caption")) == ["a dog", "NA"]


def test_a_table_has_its_captions_in_the_column_caption(tmp_path):
    (tmp_path / "c.tsv").write_text("url\tcaption\nx\ta dog\n")
    assert list(read_captions(tmp_path / "c.tsv")) == ["a dog"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_marks_and_line_ends_are_no_part_of_a_caption(tmp_path, encoding):
    (tmp_path / "c.txt").write_bytes("un café\r\n\r\nNone\r\n".encode(encoding))
    assert list(read_captions(tmp_path / "c.txt")) == ["un café", "None"]
    (tmp_path / "c.csv").write_bytes('caption,url\r\n"a\r\ndog",x\r\n'.encode(encoding))
    assert list(read_captions(tmp_path / "c.csv")) == ["a\ndog"]


def test_what_is_left_out_is_counted(tmp_path, caplog):
    (tmp_path / "c.txt").write_text("a\n\n \nb\n")
    with caplog.at_level("INFO"):
        assert list(read_captions(tmp_path / "c.txt")) == ["a", "b"]
    assert "2 rows without a caption left out" in caplog.text


@pytest.mark.parametrize("name", ["c.jsonl", "c.zip", "c.parquet.gz", "c.pdf"])
def test_other_kinds_of_files_are_refused(tmp_path, name):
    (tmp_path / name).write_text('{"caption": "a dog"}\n')
    with pytest.raises(InputError, match=f"{name}: a caption corpus is a .txt file"):
        list(read_captions(tmp_path / name))


def test_damage_is_named(tmp_path):
    _parquet(tmp_path / "c.parquet", ["a dog"] * 100)
    data = (tmp_path / "c.parquet").read_bytes()
    with pytest.raises(InputError, match=r"no column 'text'; it has \['caption'\]"):
        list(read_captions(tmp_path / "c.parquet", "text"))
    _parquet(tmp_path / "n.parquet", [1, 2], kind=pa.int64())
    with pytest.raises(InputError, match=r"n\.parquet: column 'caption' holds int64, expected str"):
        list(read_captions(tmp_path / "n.parquet"))
    for name, part in (
        ("c.parquet", data[:-20]),
        ("d.txt", data),
        ("e.txt", "un café\n".encode("cp1252")),
        ("f.txt.gz", gzip.compress(b"a dog\n" * 100)[:-12]),
        ("g.tsv", b"caption\n" + b"x" * (2**24 + 1) + b"\n"),
    ):
        (tmp_path / name).write_bytes(part)
        with pytest.raises(InputError, match=name):
            list(read_captions(tmp_path / name))
    with pytest.raises(InputError, match="is a folder"):
        list(read_captions(tmp_path))


@pytest.mark.parametrize("name", ["a.TXT", "a.CSV", "a.Tsv"])
def test_capitals_in_the_name_of_a_file_are_no_other_kind(tmp_path, name):
    (tmp_path / name).write_text("caption\na dog\n")
    assert list(read_captions(tmp_path / name))[-1] == "a dog"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "caption\na dog, brown\n", "line 2 has 2 cells, the header 1"),
        ("a.tsv", "id\tcaption\n1\ta dog\tbrown\n", "line 2 has 3 cells, the header 2"),
        ("a.csv", 'caption\n"a dog\na cat\na cow\n', "line 4: unexpected end of data"),
        ("a.csv", "caption,caption\na dog,a cat\n", "column 'caption' appears twice"),
    ],
)
def test_words_that_would_be_lost_are_named(tmp_path, name, text, message):
    """Half a caption, or one caption of all that follow a quote, would be counted."""
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=message):
        list(read_captions(tmp_path / name))


def test_empty_cells_at_the_end_of_a_row_are_none(tmp_path):
    (tmp_path / "a.csv").write_text("caption,id\na dog,1,,\n")
    assert list(read_captions(tmp_path / "a.csv")) == ["a dog"]
