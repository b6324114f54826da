"""Rows of the declared sheets, as a user writes them."""

from pathlib import Path


def add_row(sheet: Path, **cells: object) -> None:
    """Append one row; columns that are not named stay empty."""
    header = _header(sheet)
    assert set(cells) <= set(header), set(cells) - set(header)
    with sheet.open("a") as file:
        file.write("\t".join(str(cells.get(name, "")) for name in header) + "\n")


def write_sheet(sheet: Path, rows: list[dict]) -> None:
    """Replace all rows of a sheet, under its own columns."""
    sheet.write_text("\t".join(_header(sheet)) + "\n")
    for row in rows:
        add_row(sheet, **row)


def model_row(name: str, **cells: object) -> dict:
    """A row of models.tsv: a small model on the hub, `tiny/NAME`."""
    row = {"model": name, "kind": "hub", "hub_repository": f"tiny/{name}"}
    row |= {"training_set": "tiny", "training_size": 1000, "preprocessing": "28-bicubic-shortest"}
    return row | cells


def dataset_row(name: str, adapter: str, **cells: object) -> dict:
    """A row of datasets.tsv: a folder that somebody has."""
    row = {"dataset": name, "adapter": adapter, "folder": name, "split": "test", "download": "no"}
    return row | {"how": "Make it", "licence": "none", "source": "here"} | cells


def _header(sheet: Path) -> list[str]:
    lines = [line for line in sheet.read_text().splitlines() if line and line[0] != "#"]
    return lines[0].split("\t")
