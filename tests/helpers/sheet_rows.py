"""Adding a row to a declared sheet, as a user does."""

from pathlib import Path


def add_row(sheet: Path, **cells: object) -> None:
    """Append one row; columns that are not named stay empty."""
    lines = [line for line in sheet.read_text().splitlines() if line and line[0] != "#"]
    header = lines[0].split("\t")
    assert set(cells) <= set(header)
    with sheet.open("a") as file:
        file.write("\t".join(str(cells.get(name, "")) for name in header) + "\n")
