"""JSON that somebody else wrote, one document in a file or several, refused by line."""

import json
import os
from collections.abc import Callable, Iterator

from modgap.errors import InputError
from modgap.formats.text import read_text


def read_documents(
    path: str | os.PathLike, record: Callable[[list[tuple[str, object]]], object] | None = None
) -> Iterator[tuple[int, object]]:
    """Yield the documents in a JSON file: one, or one per line, or one behind the other.

    Parameters
    ----------
    path
        A file that `formats.text.read_text` reads.
    record
        Makes of the pairs of an object what stands for it; a dictionary by default.

    Yields
    ------
    (int, object)
        The line that a document begins in, and what it holds.

    Raises
    ------
    InputError
        As `read_text`; by line where a document is damaged, cut short or nested without end, and
        for what `record` refuses with a `ValueError`.
    """
    text = read_text(path)
    decoder = json.JSONDecoder(object_pairs_hook=record)
    place, counted, line = _skipped(text, 0), 0, 1
    while place < len(text):
        line += text.count("\n", counted, place)
        counted = place
        try:
            document, place = decoder.raw_decode(text, place)
        except json.JSONDecodeError as error:
            raise json_fault(error, text, path) from error
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}: line {line}: {error}") from error
        yield line, document
        place = _skipped(text, place)


def json_fault(
    error: json.JSONDecodeError, text: str, path: str | os.PathLike, advice: str = ""
) -> InputError:
    """The error for text that is no JSON, saying where."""
    state = "ends too soon" if error.pos >= len(text.rstrip()) else "is no JSON"
    return InputError(
        f"{path}: {state} in line {error.lineno}, column {error.colno} ({error.msg}); "
        f"{advice or 'write the file anew'}"
    )


def _skipped(text: str, place: int) -> int:
    """The place of the next character that is no blank."""
    while place < len(text) and text[place].isspace():
        place += 1
    return place
