"""What an artifact's module is given: the files of its rule, read by what they hold."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from modgap.claims.board import read_claims
from modgap.claims.confusion import read_confusion
from modgap.claims.published import read_published
from modgap.claims.reference import read_reference_values
from modgap.formats.tables import read_frames
from modgap.study.artifacts import AGAIN, ARTIFACTS, read_artifacts

_SHEETS = {
    "reference": read_reference_values,
    "published": read_published,
    "confusion": read_confusion,
    "claims": read_claims,
}


def read_inputs(files: Mapping[str, str | list[str]]) -> dict:
    """Keyword → table; several files of one keyword are one table. `code` is no table.

    `artifacts` becomes source/name → the numbers of every declared artifact, None where the study
    lacks it; so does `again`, those of a second study.
    """
    tables = {}
    for keyword, paths in files.items():
        if keyword == "code":
            continue
        paths = [paths] if isinstance(paths, str) else list(paths)
        if keyword in (ARTIFACTS, AGAIN):
            tables[keyword] = _numbers(paths)
        else:
            read = _SHEETS.get(keyword)
            tables[keyword] = read(paths[0]) if read else read_frames(paths)
    return tables


def _numbers(paths: list[str]) -> dict[str, pd.DataFrame | None]:
    _, declared = read_artifacts()
    numbers: dict = {f"{each.source}/{each.name}": None for each in declared}
    for path in map(Path, paths):
        numbers[f"{path.parent.name}/{path.stem}"] = read_frames([path])
    return numbers
