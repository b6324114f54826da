"""How an audit tells what it found: in its report, in the log and in an error."""

import logging
import os
from collections import Counter

from modgap.data.draft import Note, Problem
from modgap.data.folders import printable
from modgap.formats.files import write_text

_log = logging.getLogger(__name__)

# Of the problems in a message.
_SHOWN = 5
# Of an item in a message; the report has all of it.
_LONGEST = 200


def write_report(path: str | os.PathLike, notes: list[Note]) -> None:
    """Write all that was noted, a row each, to a table of text."""
    rows = [(note.item, note.remark, note.action) for note in notes]
    lines = ["\t".join(_one_line(cell) for cell in row) for row in rows]
    write_text(path, "\n".join(["item\tproblem\taction", *lines]) + "\n")


def log_counts(name: str, notes: list[Note], report: str | os.PathLike) -> None:
    """Warn of how much was noted of the data set `name`, by action, if anything was."""
    counts = Counter(note.action for note in notes)
    if counts:
        listed = ", ".join(f"{action}: {number}" for action, number in counts.items())
        _log.warning("data set %s: %s; listed in %s", name, listed, report)


def refusal(name: str, counted: str, problems: list[Problem], report: str | os.PathLike) -> str:
    """What an error says of a data set: the first problems of each kind, and what to do.

    `counted`: which number of rows is not the known one, "" if both are.
    """
    shown = "; ".join(map(_shown, _of_each_kind(problems)[:_SHOWN]))
    more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    seen = f"{len(problems)} problems: {shown}{more}. All are listed in {report}."
    if not problems:
        seen = "Nothing else is wrong with it."
    if counted:
        return (
            f"data set {name}: {counted}; this is not the declared split or not all of it. {seen} "
            "Correct the folder, or the row of datasets.tsv"
        )
    return (
        f"data set {name}: {seen} Replace the files, or add {name} to skip_bad in the "
        "configuration to leave these rows out"
    )


def _of_each_kind(problems: list[Problem]) -> list[Problem]:
    """The problems, the first of each kind before all others; two words tell a kind."""
    first: dict[tuple[str, ...], Problem] = {}
    for problem in problems:
        first.setdefault(_kind(problem), problem)
    return sorted(problems, key=lambda problem: first[_kind(problem)] is not problem)


def _kind(problem: Problem) -> tuple[str, ...]:
    return tuple(problem.problem.split()[:2])


def _shown(problem: Problem) -> str:
    item = _one_line(problem.item)
    item = item if len(item) <= _LONGEST else f"{item[:_LONGEST]}…"
    return f"{item}: {_one_line(problem.problem)}"


def _one_line(cell: str) -> str:
    return printable(" ".join(str(cell).split()))
