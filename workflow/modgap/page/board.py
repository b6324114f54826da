"""The rows of the claims board as a page shows them: every cell a text, with its links."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modgap.artifacts.write_table import cell
from modgap.claims.rule import DOES_NOT, HOLDS, IN_PART, NOT_RUN, UNDECIDED
from modgap.formats.tables import read_frames
from modgap.study.study import Study

# Verdict → its class in the style sheet and its sign: colour never stands alone.
SIGNS = {
    HOLDS: ("holds", "✓"),
    IN_PART: ("part", "◐"),
    DOES_NOT: ("not", "✗"),
    UNDECIDED: ("open", "?"),
    NOT_RUN: ("none", "–"),
}


@dataclass(frozen=True)
class Claim:
    """One row of the board, in words."""

    name: str
    source: str
    statement: str
    verdict: str
    reason: str
    ours: str
    stated: str
    n: str
    seeds: str
    p: str
    target: str
    csv: str
    command: str
    rule: str
    quantity: str
    evidence: str
    criticism: str
    again: str
    agrees: str

    @property
    def kind(self) -> str:
        """Class of its verdict in the style sheet."""
        return SIGNS[self.verdict][0]

    @property
    def sign(self) -> str:
        """Sign of its verdict."""
        return SIGNS[self.verdict][1]


def read_board(path: Path, study: Study) -> list[Claim]:
    """The claims of about/claims.csv, none if it is not there.

    Parameters
    ----------
    path
        The .csv of the board.
    study
        The study that it is of, for the titles of sources and the commands.
    """
    if not path.is_file():
        return []
    return [_claim(row, study) for row in read_frames([path]).to_dict("records")]


def command(study: Study, target: str) -> str:
    """What makes an artifact of this study again."""
    words = f"snakemake {target} --cores all"
    if study.config.study == type(study.config).model_fields["study"].default:
        return words
    return f"{words} --configfile {study.config.results}/study.yaml"


def source_title(study: Study, source: str) -> str:
    """What readers call a source; those without artifacts have no title of their own."""
    return study.sources.get(source) or source.replace("_", " ").capitalize()


def counts(claims: Sequence[Claim]) -> dict[str, int]:
    """Verdict → how many claims have it, in the order of `SIGNS`, those that occur."""
    verdicts = [claim.verdict for claim in claims]
    return {verdict: verdicts.count(verdict) for verdict in SIGNS if verdict in verdicts}


def _claim(row: Mapping[str, Any], study: Study) -> Claim:
    row = {key: "" if _missing(value) else value for key, value in row.items()}
    source, _, name = row["artifact"].partition("/")
    target = f"{source}_{name}"
    return Claim(
        name=row["claim"],
        source=source_title(study, row["source"]),
        statement=row["statement"],
        verdict=row["verdict"],
        reason=row["reason"],
        ours=_value(row),
        stated=str(row["paper_value"]),
        n=cell(row["n"]) if row["n"] else "",
        seeds=cell(int(row["seeds"])) if row["seeds"] else "",
        p=cell(row["p_holm"]),
        target=target,
        csv=f"{source}/{name}.csv" if target in study.artifacts else "",
        command=command(study, target),
        rule=row["rule"],
        quantity=row["quantity"],
        evidence=row["evidence"],
        criticism=row["criticism"],
        again=row["again"],
        agrees=row["agrees"],
    )


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _value(row: Mapping[str, Any]) -> str:
    """The estimate with its interval; of several the middle one and the widest limits."""
    if row["value"] == "":
        return ""
    text = cell(row["value"])
    if row["low"] != "" and row["high"] != "":
        # A no-break space: an interval stays on one line.
        text += f" [{cell(row['low'])},\u00a0{cell(row['high'])}]"
    if row["estimates"] and int(row["estimates"]) > 1:
        text += f", middle of {int(row['estimates'])}"
    return text
