"""The claims board: every claim of config/claims.tsv with its evidence and its verdict."""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from modgap.claims.estimates import NAN, Estimate, estimates
from modgap.claims.reference import SOURCES
from modgap.claims.rule import NOT_RUN, Rule, Verdict, after_correction, judge, parse_rule
from modgap.claims.selector import Selector, parse_selector, select
from modgap.errors import InputError, nearest
from modgap.stats import holm
from modgap.study.sheets import read_tsv

COLUMNS = (
    "claim",
    "source",
    "statement",
    "artifact",
    "quantity",
    "rule",
    "paper_value",
    "criticism",
)
# The named sources, and theory that came after them.
CLAIM_SOURCES = (*SOURCES, "later")
BOARD = (
    *("claim", "source", "statement", "verdict", "reason", "value", "low", "high", "n", "seeds"),
    *("p", "p_holm", "estimates", "evidence", "paper_value", "artifact", "quantity", "rule"),
    *("again", "agrees", "criticism", "command"),
)


@dataclass(frozen=True)
class _Judged:
    """A claim with what was read for it."""

    estimates: list[Estimate]
    verdict: Verdict


def read_claims(path: str | os.PathLike) -> pd.DataFrame:
    """The claims under test, one row each, with the columns of the sheet and `place`.

    `place` is file and line, for messages. Quantities and rules are parsed once, so that a study
    with a claim that cannot be read does not start.

    Raises
    ------
    InputError
        Naming file, line and claim: an unknown source, a claim named twice, an artifact that is not
        source/name, a quantity or rule that cannot be parsed.
    """
    rows, seen = [], set()
    for number, cells in read_tsv(path, COLUMNS):
        place = f"{path}: line {number} (claim {cells['claim']!r})"
        if not cells["claim"] or cells["claim"] in seen:
            raise InputError(f"{place}: expected a name that no other claim has")
        if cells["source"] not in CLAIM_SOURCES:
            hint = nearest(cells["source"], CLAIM_SOURCES, "sources")
            raise InputError(f"{place}: unknown source {cells['source']!r}; {hint}")
        if len(cells["statement"]) < 10:
            raise InputError(f"{place}: no statement")
        if cells["artifact"].count("/") != 1:
            raise InputError(f"{place}: artifact {cells['artifact']!r}; expected source/name")
        _parsed(cells, place)
        seen.add(cells["claim"])
        rows.append({**cells, "place": place})
    return pd.DataFrame(rows, columns=[*COLUMNS, "place"])


def board(
    claims: pd.DataFrame,
    artifacts: Mapping[str, pd.DataFrame | None],
    again: Mapping[str, pd.DataFrame | None] | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Every claim with its evidence and its verdict.

    Parameters
    ----------
    claims
        Of `read_claims`.
    artifacts
        source/name → the artifact's .csv; None for one that is declared but not in this study.
    again
        The same of a second study or set of seeds, if there is one.
    confidence
        Of the intervals that are made here.

    Returns
    -------
    pandas.DataFrame
        One row per claim, columns `BOARD`: the verdict and why; value, low, high, n and seeds of
        its estimates (of several the middle one, the widest limits, the fewest n and seeds;
        seeds missing for a claim that is not over seeds); `p` and `p_holm`, corrected over all
        claims whose rule has a level; `evidence`, every estimate in words; `again` and `agrees`,
        the second study's verdict; `command` makes the evidence.

    Raises
    ------
    InputError
        Naming file, line and claim for an artifact that is not declared, or a column that its .csv
        does not have.
    """
    first = _judged(claims, artifacts, confidence)
    p_holm = holm([judged.verdict.p for judged in first])
    second = [""] * len(claims)
    if again is not None:
        others = _judged(claims, {**dict.fromkeys(artifacts), **again}, confidence, "second: ")
        corrected = holm([judged.verdict.p for judged in others])
        second = [
            after_correction(parse_rule(rule), judged.verdict, p).verdict
            for rule, judged, p in zip(claims["rule"], others, corrected, strict=True)
        ]
    rows = [
        _row(claim, judged, float(p), verdict_again)
        for claim, judged, p, verdict_again in zip(
            claims.to_dict("records"), first, p_holm, second, strict=True
        )
    ]
    return pd.DataFrame(rows, columns=[*BOARD]).astype({"seeds": "Int64"})


def _parsed(claim: Mapping[str, str], place: str) -> tuple[Selector, Rule]:
    try:
        return parse_selector(claim["quantity"]), parse_rule(claim["rule"])
    except InputError as error:
        raise InputError(f"{place}: {error}") from error


def _judged(
    claims: pd.DataFrame,
    artifacts: Mapping[str, pd.DataFrame | None],
    confidence: float,
    folder: str = "",
) -> list[_Judged]:
    """Every claim judged; `folder` says in messages whose numbers these are."""
    return [_judge_one(claim, artifacts, confidence, folder) for claim in claims.to_dict("records")]


def _judge_one(
    claim: Mapping[str, str],
    artifacts: Mapping[str, pd.DataFrame | None],
    confidence: float,
    folder: str,
) -> _Judged:
    selector, rule = _parsed(claim, claim["place"])
    name = claim["artifact"]
    if name not in artifacts:
        hint = nearest(name, list(artifacts), "artifacts")
        raise InputError(f"{claim['place']}: unknown artifact {name!r}; {hint}")
    frame = artifacts[name]
    if frame is None:
        return _Judged([], Verdict(NOT_RUN, "the artifact is not in this study"))
    try:
        made = estimates(selector, frame, confidence)
        return _Judged(made, judge(rule, made, select(selector, frame)))
    except InputError as error:
        raise InputError(f"{claim['place']}: {folder}{name}.csv: {error}") from error


def _row(claim: Mapping[str, str], judged: _Judged, p_holm: float, again: str) -> dict:
    verdict = after_correction(parse_rule(claim["rule"]), judged.verdict, p_holm)
    made = judged.estimates
    known = sorted((x for x in made if not math.isnan(x.value)), key=lambda x: x.value)
    middle = known[len(known) // 2] if known else None
    ran = NOT_RUN not in (verdict.verdict, again or NOT_RUN)
    source, _, name = claim["artifact"].partition("/")
    return {
        **{column: claim[column] for column in COLUMNS},
        "verdict": verdict.verdict,
        "reason": verdict.reason,
        "value": middle.value if middle else NAN,
        "low": min((x.low for x in made if not math.isnan(x.low)), default=NAN),
        "high": max((x.high for x in made if not math.isnan(x.high)), default=NAN),
        "n": min((x.n for x in made), default=0),
        "seeds": min((x.seeds for x in made), default=0) or pd.NA,
        "p": judged.verdict.p,
        "p_holm": p_holm,
        "estimates": len(made),
        "evidence": "; ".join(map(str, made)),
        "again": again,
        "agrees": ("yes" if again == verdict.verdict else "no") if ran else "",
        "command": f"snakemake --cores all {source}_{name}",
    }
