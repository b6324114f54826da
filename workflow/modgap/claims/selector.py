"""What a claim reads from an artifact's numbers: a small language, parsed and evaluated.

`[function] column [over name] [of name a, b] [where conditions] [across names] [by names]`; every
word is explained in config/README.md (claims.tsv).
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from modgap.errors import InputError, nearest

# Functions, and the clause that each needs beside its column.
FUNCTIONS = {
    "mean": "",
    "sum": "",
    "largest": "",
    "smallest": "",
    "share": "",
    "change": "over",
    "ratio": "over",
    "trend": "over",
    "argmin": "over",
    "difference": "of",
}
COMPARISONS: dict[str, Callable] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_CLAUSES = ("over", "of", "where", "across", "by")
_TOKEN = re.compile(r'"[^"]*"|<=|>=|!=|[=<>|,]|[^\s"=<>|,!]+')


@dataclass(frozen=True)
class Condition:
    """Rows are kept where `column` compares so with any of `values`, or is the column `same_as`."""

    column: str
    comparison: str
    values: tuple[str, ...] = ()
    same_as: str = ""


@dataclass(frozen=True)
class Selector:
    """A parsed quantity; `operand` is a second column (after - or /) or a number (after < or >)."""

    column: str
    function: str = ""
    operation: str = ""
    operand: str = ""
    over: str = ""
    of: tuple[str, ...] = ()
    where: tuple[Condition, ...] = ()
    across: tuple[str, ...] = ()
    by: tuple[str, ...] = ()

    @property
    def columns(self) -> list[str]:
        """Every column that it reads."""
        second = [self.operand] if self.operation in ("-", "/") else []
        conditions = [name for x in self.where for name in (x.column, x.same_as) if name]
        names = [self.column, *second, self.over, *self.of[:1], *conditions, *self.across, *self.by]
        return [name for name in dict.fromkeys(names) if name]


def parse_selector(text: str) -> Selector:
    """Read a quantity of claims.tsv.

    Parameters
    ----------
    text
        As in the sheet.

    Raises
    ------
    InputError
        Saying which part cannot be read.

    Examples
    --------
    >>> selector = parse_selector('trend value over attributes where quantity=RMG and seed!=3')
    >>> selector.function, selector.column, selector.over, len(selector.where)
    ('trend', 'value', 'attributes', 2)
    """
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != re.sub(r'\s+(?=(?:[^"]*"[^"]*")*[^"]*$)', "", text):
        raise InputError(f"quantity {text!r} cannot be read; check its quotes and signs")
    parts: dict[str, list[str]] = {"": []}
    clause = ""
    for token in tokens:
        if token in _CLAUSES:
            if token in parts:
                raise InputError(f"quantity {text!r} says {token!r} twice")
            clause = token
            parts[clause] = []
        else:
            parts[clause].append(token)
    if empty := [name for name, body in parts.items() if not body]:
        raise InputError(f"quantity {text!r}: nothing after {empty[0] or 'its start'!r}")
    selector = Selector(
        **_body(parts[""], text),
        over=_names(parts.get("over", []), text, most=1)[0] if "over" in parts else "",
        of=_of(parts["of"], text) if "of" in parts else (),
        where=_conditions(parts.get("where", []), text),
        across=_names(parts.get("across", []), text),
        by=_names(parts.get("by", []), text),
    )
    _check_clauses(selector, text)
    return selector


def select(selector: Selector, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of `frame` that meet the conditions.

    Raises `InputError` for a column that the frame lacks, naming the nearest.
    """
    for name in selector.columns:
        if name not in frame.columns:
            raise InputError(f"no column {name!r}; {nearest(name, list(frame.columns))}")
    for condition in selector.where:
        frame = frame[_kept(frame, condition)]
    return frame


def _kept(frame: pd.DataFrame, condition: Condition) -> pd.Series:
    column = frame[condition.column]
    if condition.same_as:
        return column == frame[condition.same_as]
    if column.isna().all():
        # A column without a value is read as one of numbers, whatever it would hold. A missing cell
        # is unlike every value, and neither more nor less.
        return pd.Series(condition.comparison == "!=", index=column.index, dtype=bool)
    numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    values = [_number(value, condition.column) for value in condition.values] if numeric else None
    if condition.comparison in ("=", "!="):
        if numeric:
            # 1/35 of a sheet and of a file differ in the last bit.
            near = [(column - value).abs() <= 1e-9 * max(1, abs(value)) for value in values]
            hit = pd.concat(near, axis="columns").any(axis="columns")
        else:
            hit = column.astype(str).isin(condition.values)
        return hit if condition.comparison == "=" else ~hit
    if not numeric:
        raise InputError(
            f"column {condition.column!r} holds text; {condition.comparison!r} compares numbers"
        )
    return COMPARISONS[condition.comparison](column, values[0])


def _number(text: str, column: str) -> float:
    top, slash, bottom = text.partition("/")
    try:
        return float(top) / float(bottom) if slash else float(text)
    except (ValueError, ZeroDivisionError) as error:
        raise InputError(f"column {column!r} holds numbers, and {text!r} is none") from error


def _plain(token: str) -> str:
    return token[1:-1] if token.startswith('"') else token


def _body(tokens: list[str], text: str) -> dict[str, str]:
    """`column`, `function column`, or either with an operation and its operand behind."""
    words = list(tokens)
    function = words.pop(0) if len(words) in (2, 4) else ""
    if function and function not in FUNCTIONS:
        raise InputError(f"quantity {text!r}: {nearest(function, FUNCTIONS, 'functions')}")
    if len(words) not in (1, 3) or any(word in (*COMPARISONS, "|", ",") for word in words[::2]):
        raise InputError(f"quantity {text!r}: expected [function] column [- or / column]")
    made = {"function": function, "column": _plain(words[0])}
    if len(words) == 3:
        allowed = tuple(COMPARISONS) if function == "share" else ("-", "/")
        if words[1] not in allowed:
            raise InputError(f"quantity {text!r}: {words[1]!r} is none of {' '.join(allowed)}")
        made |= {"operation": words[1], "operand": _plain(words[2])}
    if function == "share":
        if len(words) != 3:
            raise InputError(f"quantity {text!r}: a share needs a comparison, as `share tau < 0`")
        _number(made["operand"], made["column"])
    return made


def _names(tokens: list[str], text: str, most: int = 0) -> tuple[str, ...]:
    names, commas = tokens[::2], tokens[1::2]
    if any(comma != "," for comma in commas) or len(tokens) % 2 != bool(tokens):
        raise InputError(f"quantity {text!r}: expected names with commas between them")
    if most and len(names) > most:
        raise InputError(f"quantity {text!r}: expected one name, not {', '.join(names)}")
    return tuple(map(_plain, names))


def _of(tokens: list[str], text: str) -> tuple[str, ...]:
    name, *values = tokens
    pair = _names(values, text)
    if len(pair) != 2:
        raise InputError(f"quantity {text!r}: expected `of name a, b`")
    return (_plain(name), *pair)


def _conditions(tokens: list[str], text: str) -> tuple[Condition, ...]:
    groups: list[list[str]] = [[]] if tokens else []
    for token in tokens:
        if token == "and":
            groups.append([])
        else:
            groups[-1].append(token)
    return tuple(_condition(group, text) for group in groups)


def _condition(tokens: list[str], text: str) -> Condition:
    shown = " ".join(tokens)
    if len(tokens) == 3 and tokens[1] == "is":
        return Condition(_plain(tokens[0]), "is", same_as=_plain(tokens[2]))
    if len(tokens) < 3 or tokens[1] not in COMPARISONS:
        raise InputError(
            f"quantity {text!r}: {shown!r} is no condition; expected a column, one of "
            f"{' '.join(COMPARISONS)} is, and a value"
        )
    values, bars = tokens[2::2], tokens[3::2]
    several = len(values) > 1 and tokens[1] not in ("=", "!=")
    if any(bar != "|" for bar in bars) or len(tokens) % 2 == 0 or several:
        raise InputError(f"quantity {text!r}: {shown!r} is no condition; alternatives are a=b|c")
    return Condition(_plain(tokens[0]), tokens[1], tuple(map(_plain, values)))


def _check_clauses(selector: Selector, text: str) -> None:
    needed = FUNCTIONS.get(selector.function, "")
    for clause in ("over", "of"):
        given = bool(getattr(selector, clause))
        if given != (clause == needed):
            wanted = "needs" if clause == needed else "takes no"
            raise InputError(
                f"quantity {text!r}: {selector.function or 'a plain column'} {wanted} {clause!r}"
            )
