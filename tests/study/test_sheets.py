import pytest

from modgap.errors import InputError
from modgap.study.sheets import read_tsv

ROWS = [{"a": "1, one", "b": "2", "c": ""}]


@pytest.mark.parametrize(
    "text",
    [
        "# x, y\na\tb\tc\n1, one\t2\t\n",
        # As a spreadsheet saves it.
        '"# x, y"\t\t\t\r\na\tb\tc\t\r\n"1, one"\t2\t\t\r\n\t\t\t\r\n',
        "c\ta\tb\n\t 1, one \t2\n",
    ],
)
def test_what_a_spreadsheet_adds_is_no_part_of_a_sheet(tmp_path, text):
    path = tmp_path / "sheet.tsv"
    path.write_bytes(text.encode("utf-16" if "\r" in text else "utf-8"))
    assert [cells for _, cells in read_tsv(path, ("a", "b", "c"))] == ROWS


def test_marks_that_do_not_stand_around_a_cell_are_part_of_it(tmp_path):
    path = tmp_path / "sheet.tsv"
    path.write_text('a\tb\tc\n"Stop" signs\t2\t3\n')
    assert read_tsv(path, ("a", "b", "c"))[0][1]["a"] == '"Stop" signs'


@pytest.mark.parametrize("mark", [",", ";"])
def test_other_separators_are_named(tmp_path, mark):
    path = tmp_path / "sheet.tsv"
    path.write_text(f"a{mark}b{mark}c\n1{mark}2{mark}3\n")
    with pytest.raises(InputError, match=f"separated by '{mark}'; separate those of every row"):
        read_tsv(path, ("a", "b", "c"))


def test_cells_beyond_the_header_are_refused(tmp_path):
    path = tmp_path / "sheet.tsv"
    path.write_text("a\tb\tc\n1\t2\t3\t\t4\n")
    with pytest.raises(InputError, match=r"sheet\.tsv: line 2 has 5 cells, the header 3"):
        read_tsv(path, ("a", "b", "c"))
