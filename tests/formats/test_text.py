import gzip
import io

import pytest

from modgap.errors import InputError
from modgap.formats import text
from modgap.formats.text import read_lines, read_rows, read_text, rows_of, stream_lines

WORDS = "Ein Käse\nzwei – 猫\n\nlast"
LINES = [(1, "Ein Käse"), (2, "zwei – 猫"), (3, ""), (4, "last")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("last", ["", "\n"])
def test_marks_and_line_ends_are_no_part_of_a_word(tmp_path, encoding, end, last):
    path = tmp_path / "words.txt"
    path.write_bytes((WORDS + last).replace("\n", end).encode(encoding))
    assert read_text(path) == WORDS + last
    assert read_lines(path) == LINES
    assert list(stream_lines(io.BytesIO(path.read_bytes()), path)) == LINES


def test_big_endian_text_is_read_by_its_mark(tmp_path):
    for mark, encoding in ((b"\xfe\xff", "utf-16-be"), (b"\x00\x00\xfe\xff", "utf-32-be")):
        (tmp_path / "big.txt").write_bytes(mark + WORDS.encode(encoding))
        assert read_lines(tmp_path / "big.txt") == LINES


def test_files_put_one_behind_the_other_keep_no_mark(tmp_path):
    (tmp_path / "both.txt").write_bytes("a\n".encode("utf-8-sig") * 2)
    assert read_lines(tmp_path / "both.txt") == [(1, "a"), (2, "a")]


def test_only_line_ends_part_lines(tmp_path):
    caption = "one\x0cline\u2028still\x85the same\x1c"
    (tmp_path / "odd.txt").write_text(f"{caption}\n", encoding="utf-8")
    assert read_lines(tmp_path / "odd.txt") == [(1, caption)]


@pytest.mark.parametrize("chunk", [1, 7, 2**20])
def test_text_in_another_encoding_is_refused_by_file_and_line(tmp_path, monkeypatch, chunk):
    monkeypatch.setattr(text, "_CHUNK", chunk)
    path = tmp_path / "old.txt"
    path.write_bytes("one\r\ntwo\r\nun café\r\n".encode("cp1252"))
    message = r"old\.txt: line 3 is not UTF-8 text \(byte 0xe9\); save the file as UTF-8"
    for read in (
        read_text,
        read_lines,
        lambda p: list(stream_lines(io.BytesIO(p.read_bytes()), p)),
    ):
        with pytest.raises(InputError, match=message):
            read(path)
    path.write_bytes("one\ntwo\n".encode("utf-16-le"))
    with pytest.raises(InputError, match=r"old\.txt: line 1 holds a zero byte"):
        read_text(path)
    path.write_bytes("one\ntwo".encode("utf-16")[:-1])
    with pytest.raises(InputError, match=r"old\.txt: line 2 is not UTF-16-LE text"):
        read_text(path)


def test_a_stream_numbers_lines_over_its_chunks(monkeypatch):
    monkeypatch.setattr(text, "_CHUNK", 10)
    lines = [f"line {number}" for number in range(1, 50)]
    file = io.BytesIO("\n".join(lines).encode())
    assert list(stream_lines(file, "x")) == list(enumerate(lines, 1))


def test_a_damaged_stream_is_named():
    whole = gzip.compress(b"caption\n" * 999)
    with (
        gzip.open(io.BytesIO(whole[:-20])) as file,
        pytest.raises(InputError, match=r"captions\.gz: not readable to its end"),
    ):
        list(stream_lines(file, "captions.gz"))


def test_what_is_no_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.txt: no such file"):
        read_text(tmp_path / "none.txt")
    with pytest.raises(InputError, match="is a folder, expected a file"):
        read_text(tmp_path)


def test_an_empty_file_has_no_lines(tmp_path):
    (tmp_path / "empty.txt").write_bytes(b"")
    assert read_lines(tmp_path / "empty.txt") == []
    (tmp_path / "empty.txt").write_bytes(b"\xef\xbb\xbf")
    assert read_lines(tmp_path / "empty.txt") == []


def test_rows_know_their_lines_and_quotes(tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes(b'\xef\xbb\xbfa, b\r\n\r\n"x, ""y""","two\r\nlines"\r\n1,2\r\n')
    rows = [(1, ["a", "b"]), (3, ['x, "y"', "two\nlines"]), (5, ["1", "2"])]
    assert read_rows(path, ",") == rows


@pytest.mark.parametrize("bad", ['"open', '"a"b,c'])
def test_a_quote_that_swallows_lines_is_refused_where_it_opens(tmp_path, bad):
    with pytest.raises(InputError, match=r"table\.csv: line 2: .*stands in double quotes"):
        rows_of(f"a,b\n{bad}\n1,2\n", ",", tmp_path / "table.csv")


@pytest.mark.parametrize("bad", ['"open', '"a"b,c', '"open,"x'])
def test_a_row_with_marks_of_its_own_is_one_cell_and_takes_no_other_along(tmp_path, bad):
    path = tmp_path / "table.csv"
    path.write_text(f'a, "b, c" , d\n{bad}\n1,"two\n\nlines",3\n{bad}\n')
    rows = [(1, ["a", "b, c", "d"]), (2, [bad]), (3, ["1", "two\n\nlines", "3"]), (6, [bad])]
    assert read_rows(path, ",") == rows
