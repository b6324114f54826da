"""What decides a claim: a comparison and its conditions, fixed in config/claims.tsv beforehand."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from modgap.claims.estimates import Estimate
from modgap.errors import InputError, nearest

HOLDS = "holds"
IN_PART = "holds in part"
DOES_NOT = "does not hold"
UNDECIDED = "undecided"
NOT_RUN = "not run at this scale"
VERDICTS = (HOLDS, IN_PART, DOES_NOT, UNDECIDED, NOT_RUN)

TOO_FEW = "too few models"
TOO_WIDE = "too wide an interval"
NO_INTERVAL = "no interval"
NEAR_CHANCE = "scores near chance"
NOT_SIGNIFICANT = "p after correction"

_NUMBER = r"[+-]?\d*\.?\d+(?:e[+-]?\d+)?"
_DIRECTION = re.compile(rf"([<>])\s*({_NUMBER})")
_WITHIN = re.compile(rf"within\s+({_NUMBER})\s+of\s+({_NUMBER})")
_CLAUSES = {
    "level": re.compile(rf"level\s+({_NUMBER})"),
    "n": re.compile(r"n\s*>=\s*(\d+)"),
    "score": re.compile(rf"score\s+(\S+)\s*>=\s*({_NUMBER})"),
    "exact": re.compile("exact"),
    "most": re.compile("most"),
}


@dataclass(frozen=True)
class Rule:
    """A parsed rule.

    `comparison`: "<", ">" or "within"; `bound`: the threshold, or the middle of the equivalence
    range; `margin`: its half width. `level`: what the corrected p must be below (None: p does not
    count); `least`: models or seeds needed; `score`, `chance`: a column and what it must reach;
    `exact`: the numbers have no sampling error; `most`: a majority of the estimates is enough.
    """

    comparison: str
    bound: float
    margin: float = 0.0
    level: float | None = None
    least: int = 1
    score: str = ""
    chance: float = 0.0
    exact: bool = False
    most: bool = False


@dataclass(frozen=True)
class Verdict:
    """A verdict, why (of undecided ones and those in part), and the p that the board corrects."""

    verdict: str
    reason: str = ""
    p: float = float("nan")


def parse_rule(text: str) -> Rule:
    """Read a rule of claims.tsv.

    Parameters
    ----------
    text
        A comparison, then clauses after semicolons, as config/README.md explains.

    Raises
    ------
    InputError
        Saying which part cannot be read.

    Examples
    --------
    >>> parse_rule("< 0; level 0.05; n >= 8").least
    8
    """
    head, *clauses = (part.strip() for part in text.split(";"))
    if match := _DIRECTION.fullmatch(head):
        settings: dict = {"comparison": match[1], "bound": float(match[2])}
    elif match := _WITHIN.fullmatch(head):
        settings = {"comparison": "within", "margin": float(match[1]), "bound": float(match[2])}
    else:
        raise InputError(
            f"rule {text!r}: {head!r} is no comparison; expected `> number`, `< number` or "
            "`within number of number`"
        )
    if settings.get("margin", 1) <= 0:
        raise InputError(f"rule {text!r}: an equivalence range needs a margin above 0")
    for clause in clauses:
        name = clause.split()[0] if clause else ""
        pattern = _CLAUSES.get(name) or _CLAUSES.get("n" if clause.startswith("n>") else "")
        match = pattern.fullmatch(clause) if pattern else None
        if not match:
            hint = nearest(name, list(_CLAUSES), "clauses")
            raise InputError(f"rule {text!r}: clause {clause!r} cannot be read; {hint}")
        settings |= _clause(name, match)
    rule = Rule(**settings)
    _check(rule, text)
    return rule


def _clause(name: str, match: re.Match) -> dict:
    if name == "level":
        return {"level": float(match[1])}
    if name == "score":
        return {"score": match[1], "chance": float(match[2])}
    if name in ("exact", "most"):
        return {name: True}
    return {"least": int(match[1])}


def _check(rule: Rule, text: str) -> None:
    if rule.level is not None and not 0 < rule.level < 1:
        raise InputError(f"rule {text!r}: level {rule.level} is not between 0 and 1")
    if rule.level is not None and (rule.exact or rule.comparison == "within"):
        raise InputError(
            f"rule {text!r}: a level needs a direction with sampling error; an exact rule has no "
            "p, and an equivalence is decided by its interval"
        )


def judge(rule: Rule, made: Sequence[Estimate], rows: pd.DataFrame) -> Verdict:
    """The verdict of a rule on its estimates, before any correction of p.

    Parameters
    ----------
    rule
        Of `parse_rule`.
    made
        The claim's estimates; none means that the study has no such rows.
    rows
        The rows that they come from, for the clause `score`.

    Returns
    -------
    Verdict
        All estimates must agree, with `most` more than half of them; some that do and some that do
        not, or are open, make "holds in part".

    Raises
    ------
    InputError
        If the clause `score` names a column that is not there.
    """
    if not made:
        return Verdict(NOT_RUN, "no such rows in this study")
    if rule.score:
        if rule.score not in rows.columns:
            raise InputError(f"no column {rule.score!r}; {nearest(rule.score, list(rows.columns))}")
        if not rows[rule.score].max() >= rule.chance:
            return Verdict(UNDECIDED, NEAR_CHANCE)
    answers = [_answer(rule, estimate) for estimate in made]
    yes, no, k = answers.count("yes"), answers.count("no"), len(made)
    needed = k // 2 + 1 if rule.most else k
    if yes >= needed:
        return Verdict(HOLDS, p=_p(rule, made, answers, "yes", needed))
    if no >= needed or (no and not yes):
        p = _p(rule, made, answers, "no", min(no, needed))
        return Verdict(DOES_NOT, _tally(answers), p)
    if yes:
        return Verdict(IN_PART, _tally(answers), _p(rule, made, answers, "yes", yes))
    reason, _ = Counter(answers).most_common(1)[0]
    # An open claim was tested too, and counts where p is corrected.
    return Verdict(UNDECIDED, reason, _p(rule, made, answers, "", k))


def _answer(rule: Rule, estimate: Estimate) -> str:
    """ "yes", "no", or why the estimate leaves it open."""
    if estimate.n < rule.least:
        return TOO_FEW
    low, high = estimate.low, estimate.high
    if rule.exact:
        low = high = estimate.value
    if math.isnan(low) or math.isnan(high):
        return _answer_by_p(rule, estimate)
    if rule.comparison == "within":
        bottom, top = rule.bound - rule.margin, rule.bound + rule.margin
        if bottom <= low and high <= top:
            return "yes"
        return "no" if high < bottom or low > top else TOO_WIDE
    above, below = low > rule.bound, high < rule.bound
    if rule.exact and not above and not below:  # exactly the bound
        return "no"
    if not above and not below:
        return TOO_WIDE
    return "yes" if above == (rule.comparison == ">") else "no"


def _answer_by_p(rule: Rule, estimate: Estimate) -> str:
    """Where there is no interval the p decides, if the rule has a level and there is a p."""
    p = estimate.p_against(rule.bound)
    if rule.level is None or math.isnan(p):
        return NO_INTERVAL
    if p >= rule.level:
        return TOO_WIDE
    return "yes" if (estimate.value > rule.bound) == (rule.comparison == ">") else "no"


def _p(rule: Rule, made: Sequence[Estimate], answers: list[str], wanted: str, m: int) -> float:
    """The p that at least m of the estimates are as `wanted` says.

    Partial conjunction (Benjamini and Heller, Biometrics 2008): (k − m + 1) times the m-th smallest
    p of k; with m = k the largest. An estimate that says something else counts with p = 1.
    """
    if rule.level is None:
        return float("nan")
    ps = [
        estimate.p_against(rule.bound) if answer == wanted or not wanted else 1.0
        for estimate, answer in zip(made, answers, strict=True)
    ]
    ordered = sorted(1.0 if math.isnan(p) else p for p in ps)
    return min(1.0, (len(ps) - m + 1) * ordered[m - 1])


def _tally(answers: list[str]) -> str:
    shown = [(answers.count("yes"), "agree"), (answers.count("no"), "do not")]
    open_ = len(answers) - sum(count for count, _ in shown)
    return ", ".join(f"{n} {what}" for n, what in [*shown, (open_, "open")] if n)


def after_correction(rule: Rule, verdict: Verdict, p_corrected: float) -> Verdict:
    """The verdict with p corrected over the board: undecided where it reaches the rule's level."""
    if rule.level is None or math.isnan(p_corrected) or p_corrected < rule.level:
        return verdict
    if verdict.verdict in (UNDECIDED, NOT_RUN):
        return verdict
    return Verdict(UNDECIDED, f"{NOT_SIGNIFICANT} {p_corrected:.2g}", verdict.p)
