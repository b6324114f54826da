"""What the page shows, gathered from a study and its results folder."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from modgap.claims.reference import read_reference_values
from modgap.errors import InputError
from modgap.formats.tables import read_frames
from modgap.page.board import Claim, command, read_board
from modgap.page.captions import read_caption
from modgap.study.artifacts import PACKAGE, Artifact
from modgap.study.study import Study

CAPTIONS = PACKAGE.parent / "report"
REFERENCE = Path("reference_values.tsv")
BOARD = "about_claims"
REPORT = "report.html"
_STATED = ["metric", "relation", "value", "status", "note"]


@dataclass(frozen=True)
class Table:
    """A table in cells; `numeric`: which columns are set to the right."""

    headings: list[str]
    numeric: list[bool]
    rows: list[list[str]]


@dataclass(frozen=True)
class Entry:
    """One artifact: a picture or a table with what belongs to it.

    `problem` says why there is none, for an artifact whose files are not there. `files`: kind →
    path beside the page. `stated`: numbers that the source states for it.
    """

    target: str
    name: str
    caption: Markup
    alt: str
    stands_for: str
    command: str
    files: Mapping[str, str]
    claims: list[Claim]
    picture: str = ""
    table: Table | None = None
    stated: Table | None = None
    problem: str = ""


@dataclass(frozen=True)
class Contents:
    """The whole page: the board, the artifacts by source, what is absent and why."""

    study: str
    claims: list[Claim]
    sections: dict[str, list[Entry]]
    absent: Mapping[str, str]
    versions: dict[str, str]
    report: str = ""
    board_csv: str = ""
    board_command: str = field(default="")


def page_contents(study: Study, results: Path, sheets: Path) -> Contents:
    """Read a results folder, as far as it is there.

    Parameters
    ----------
    study
        What was declared.
    results
        Its results folder. A file that is not there yet is said on the page, with the command that
        makes it.
    sheets
        The folder of the sheets, config/.
    """
    claims = read_board(results / "about/claims.csv", study)
    reference = read_reference_values(sheets / REFERENCE)
    sections: dict[str, list[Entry]] = {}
    for target, artifact in study.artifacts.items():
        if target != BOARD:
            title = study.sources[artifact.declaration.source]
            entry = _entry(study, artifact, results, claims, reference)
            sections.setdefault(title, []).append(entry)
    versions = results / "versions.csv"
    return Contents(
        study=study.config.study,
        claims=claims,
        sections=sections,
        absent=study.absent,
        versions=_versions(versions) if versions.is_file() else {},
        report=REPORT if (results / REPORT).is_file() else "",
        board_csv="about/claims.csv" if claims else "",
        board_command=command(study, BOARD),
    )


def _entry(
    study: Study, artifact: Artifact, results: Path, claims: list[Claim], reference: pd.DataFrame
) -> Entry:
    declared = artifact.declaration
    config = study.config.model_dump()
    caption = read_caption(CAPTIONS / declared.source / f"{declared.name}.rst", config)
    files = {kind: path.replace("<results>/", "") for kind, path in artifact.outputs.items()}
    missing = [path for path in files.values() if not (results / path).is_file()]
    shown: dict = {"problem": f"not there: {', '.join(missing)}"} if missing else {}
    if not missing and artifact.figure:
        shown = {"picture": _picture(results / files["png"])}
    elif not missing:
        shown = {"table": read_markdown(results / files["md"])}
    return Entry(
        target=declared.target,
        name=declared.name,
        caption=caption.html,
        alt=caption.alt,
        stands_for=artifact.stands_for,
        command=command(study, declared.target),
        files={kind: path for kind, path in files.items() if path not in missing},
        claims=[claim for claim in claims if claim.target == declared.target],
        stated=_stated(reference, declared.source, declared.name),
        **shown,
    )


def _picture(path: Path) -> str:
    return f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}"


def read_markdown(path: Path) -> Table:
    """The pipe table that an artifact's .md is, cell by cell.

    Raises `InputError` naming the file, if it holds none.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    if len(lines) < 2 or not lines[0].startswith("|"):
        raise InputError(f"{path}: no table; expected the .md of an artifact. Make it anew")
    headings, sides, *rows = [
        [cell.replace(r"\|", "|").strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]
        for line in lines
    ]
    return Table(headings, [side.endswith(":") for side in sides], rows)


def _stated(reference: pd.DataFrame, source: str, name: str) -> Table | None:
    """The numbers that a source states for an artifact: of which row, what, how sure."""
    rows = reference[(reference["source"] == source) & (reference["artifact"] == name)]
    if rows.empty:
        return None
    keys = [column for column in rows if column not in ("source", "artifact", *_STATED)]
    cells = [
        [
            ", ".join(f"{key}: {row[key]}" for key in keys if row[key]),
            row["metric"].replace("_", " "),
            f"{'' if row['relation'] == '=' else row['relation']} {row['value']:.6g}".strip(),
            row["status"],
            row["note"],
        ]
        for row in rows.to_dict("records")
    ]
    headings = ["of", "what", "value", "known from", "note"]
    return Table(headings, [False, False, True, False, False], cells)


def _versions(path: Path) -> dict[str, str]:
    frame = read_frames([path])
    return dict(
        zip(frame["name"].astype(str), frame["version"].fillna("").astype(str), strict=True)
    )
