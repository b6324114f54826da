"""Embeddings that somebody else made: the files that a row of models.tsv names, and where they lie.

Read at every start of Snakemake, also once in each job: no pandas, no torch.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from modgap.study.config import StudyConfig
from modgap.study.models import ModelRow

_COLUMNS = {
    "images": "image_embeddings",
    "texts": "text_embeddings",
    "pairs": "pairs",
    "labels": "labels",
}


def embedding_cells(row: ModelRow, config: StudyConfig) -> dict[str, str]:
    """The files of a row of kind embeddings by what they hold, "" for none."""
    cells = {key: getattr(row, column) for key, column in _COLUMNS.items()}
    if row.is_download:
        given = config.folders.get(row.folder) or f"{config.resources}/embeddings"
        cells["images"] = f"{given}/{row.download_name}"
    return {key: str(Path(cell).expanduser()) if cell else "" for key, cell in cells.items()}


def embedding_files(cells: Iterable[str]) -> list[str]:
    """The same files, each once; of a folder of parts every file in it."""
    return list(dict.fromkeys(path for cell in filter(None, cells) for path in files_in(cell)))


def given_embeddings(row: ModelRow, config: StudyConfig) -> dict[str, str]:
    """Those of the places that are the user's and no download's, by what names them."""
    cells, given = embedding_cells(row, config), {}
    if row.is_download:
        image = cells.pop("images")
        if config.folders.get(row.folder):
            given[f"configuration: folders.{row.folder}"] = image
    named = {f"model {row.model!r}: {_COLUMNS[key]} in models.tsv": p for key, p in cells.items()}
    return given | {what: path for what, path in named.items() if path}


def files_in(place: str) -> list[str]:
    """The files of a folder, at any depth, but for hidden ones; of any other path itself."""
    folder = Path(place)
    if not folder.is_dir():
        return [place]
    paths = (path for path in folder.rglob("*") if path.is_file())
    hidden = re.compile(r"(^|/)\.")
    return sorted(str(p) for p in paths if not hidden.search(p.relative_to(folder).as_posix()))
