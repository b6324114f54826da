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


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # A cell of several lines, as a spreadsheet saves it: the last one, one in the middle, two.
        (
            '1\t2\t"first\n\n# third, ""x"""\n4\t5\t6\n',
            [["1", "2", 'first  # third, "x"'], ["4", "5", "6"]],
        ),
        ('1\t"first\nsecond"\t3\n', [["1", "first second", "3"]]),
        ('"1\none"\t2\t"3\nthree"\n', [["1 one", "2", "3 three"]]),
        ('"# a note\nof two lines"\n1\t2\t3\n', [["1", "2", "3"]]),
        # Marks that are letters: no row may end up within a cell.
        ('1\t2\t"5 inch\n4\t5\t5"\n', [["1", "2", '"5 inch'], ["4", "5", '5"']]),
        ('1\t2\t"5 inch\n', [["1", "2", '"5 inch']]),
        # A row of quoted cells without content is none.
        ('1\t2\t3\n""\t""\t""\n', [["1", "2", "3"]]),
    ],
)
def test_cells_of_several_lines(tmp_path, rows, expected):
    path = tmp_path / "sheet.tsv"
    path.write_text("a\tb\tc\n" + rows)
    assert [list(cells.values()) for _, cells in read_tsv(path, ("a", "b", "c"))] == expected


def test_a_row_behind_a_cell_of_several_lines_keeps_its_number(tmp_path):
    path = tmp_path / "sheet.tsv"
    path.write_text('a\tb\tc\n1\t2\t"x\ny"\n4\n')
    with pytest.raises(
        InputError, match=r"line 4 has 1 cells, .*empty ones at the end too: some ed"
    ):
        read_tsv(path, ("a", "b", "c"))
