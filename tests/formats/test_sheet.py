import pytest

from modgap.errors import InputError
from modgap.formats.sheet import read_cells

ROWS = [(1, ["a", "b"]), (2, ["1", "x y"]), (3, ["2", "z"])]


def cells(tmp_path, text, name="table.csv"):
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_cells(path)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_of_a_csv_is_the_one_that_parts_its_rows(tmp_path, separator):
    text = "a,b\n1,x y\n2,z\n".replace(",", separator)
    assert cells(tmp_path, text) == ROWS
    assert cells(tmp_path, text.replace("\n", "\r\n").encode("utf-16")) == ROWS
    assert cells(tmp_path, f"sep={separator}\n{text}")[0][1] == ["a", "b"]


def test_separators_within_cells_do_not_decide(tmp_path):
    assert cells(tmp_path, "a,b\nx;y,1\nz,2\n") == [
        (1, ["a", "b"]),
        (2, ["x;y", "1"]),
        (3, ["z", "2"]),
    ]
    assert cells(tmp_path, "a;b\n0,5;1,5\n")[1][1] == ["0,5", "1,5"]
    assert cells(tmp_path, '"a;b",c\n"1;2",3\n')[0][1] == ["a;b", "c"]
    assert cells(tmp_path, "a,b\tc\n1,2\t3\n", "table.tsv")[0][1] == ["a,b", "c"]


def test_columns_that_are_empty_to_the_end_are_dropped(tmp_path):
    assert cells(tmp_path, "a,b,,\n1,x y,,\n2,z,,\n") == ROWS
    assert cells(tmp_path, "a,b\n1,x y,\n2,z,\n") == ROWS


def test_empty_cells_stay_and_blank_lines_do_not(tmp_path):
    assert cells(tmp_path, '\na,b\n\n1,\n,\n  \n"",z\n') == [
        (2, ["a", "b"]),
        (4, ["1", ""]),
        (5, ["", ""]),
        (7, ["", "z"]),
    ]
    assert cells(tmp_path, 'a\n1\n""\n3\n')[2] == (3, [""])


def test_blanks_part_numbers_and_no_words(tmp_path):
    assert cells(tmp_path, "# 1.0 2\n3 4\n", "p.txt") == [(1, ["1.0", "2"]), (2, ["3", "4"])]
    assert cells(tmp_path, "a word\nan other\n") == [(1, ["a word"]), (2, ["an other"])]


@pytest.mark.parametrize(("row", "hint"), [("1", "cut short"), ("1,2,3", "in double quotes")])
def test_a_row_of_another_length_is_named_by_line(tmp_path, row, hint):
    message = rf"table\.csv: line 3 has \d cells, line 1 has 2; .*{hint}"
    with pytest.raises(InputError, match=message):
        cells(tmp_path, f"a,b\n1,2\n{row}\n4,5\n")


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff", ",,\n"])
def test_a_table_without_rows_is_refused(tmp_path, text):
    with pytest.raises(InputError, match=r"table\.csv: an empty file"):
        cells(tmp_path, text)
