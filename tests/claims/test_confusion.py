import pytest

from modgap.claims.reference import read_confusion
from modgap.errors import InputError

HEADER = "delta\taccuracy\tgroup\tprediction\tfaces\n"


def test_numbers_are_numbers(tmp_path):
    path = tmp_path / "confusion.tsv"
    path.write_text(f"# A comment\n{HEADER}-0.20\t0.5739\tA\tthief\t3\n")
    table = read_confusion(path)
    assert table.to_dict("records") == [
        {"delta": -0.2, "accuracy": 0.5739, "group": "A", "prediction": "thief", "faces": 3}
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("x\t0.5\tA\tthief\t3", "line 2, column delta: 'x' is no number"),
        ("0\t0.5\tA\tthief\t3.5", "line 2, column faces: '3.5' is no number"),
        ("0\t0.5\tA\tthief\t-3", "line 2, column faces: -3 is no count"),
    ],
)
def test_other_cells_are_refused(tmp_path, row, message):
    path = tmp_path / "confusion.tsv"
    path.write_text(f"{HEADER}{row}\n")
    with pytest.raises(InputError, match=message):
        read_confusion(path)
