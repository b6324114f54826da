"""What to write where YAML, or Snakemake, made another type of what a configuration means."""

import re
from datetime import date
from typing import Any

# What YAML takes for words and was meant as a number: 1e-3, 1e4, 08.
_NUMBER_AS_WORDS = re.compile(r"[-+]?(\d+(\.\d*)?[eE][-+]?\d+|0\d+)")
_QUOTED = re.compile(r"[-+]?\d+(\.\d*)?|true|false", re.IGNORECASE)


def hint(kind: str, value: Any) -> str:
    """A hint that follows a message, after a semicolon; "" if there is none.

    Parameters
    ----------
    kind
        Pydantic's name of the error.
    value
        What the configuration has.

    Examples
    --------
    >>> hint("list_type", "coco")
    '; a list stands in brackets: [coco]'
    """
    if kind == "invalid_key":
        return "; names are words, and a comma parts entries: write 20000 for 20,000"
    if kind == "list_type" and isinstance(value, str | int):
        return f"; a list stands in brackets: [{value}]"
    if value is None:
        return "; an entry is empty: fill it, or take it out"
    if kind == "string_type":
        return _for_words(value)
    if isinstance(value, str) and kind in ("int_type", "float_type", "bool_type"):
        return _for_numbers(value)
    return ""


def shown(value: Any) -> str:
    """A value as its writer knows it: a date as it is written."""
    return str(value) if isinstance(value, date) else repr(value)


def _for_words(value: Any) -> str:
    if isinstance(value, bool):
        return "; yes, no, on and off are true and false to YAML: put words in quotes"
    if isinstance(value, int | float | date):
        return f'; put words that look like numbers or dates in quotes: "{value}"'
    return ""


def _for_numbers(value: str) -> str:
    if _NUMBER_AS_WORDS.fullmatch(value):
        return "; YAML reads this as words: write 1.0e-3 for 1e-3, 8 for 08"
    if "," in value:
        return "; write 20000 for 20,000, and 2.5 for 2,5"
    if _QUOTED.fullmatch(value):
        return (
            "; in quotes it is words, and so is all within braces behind --config: write it "
            "without quotes in a file for --configfile"
        )
    return ""
