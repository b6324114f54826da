"""Records of others, in JSON or as torch saved them: whole or named, ids of any type."""

import json
import os
from collections import Counter

from modgap.data.folders import printable
from modgap.errors import InputError
from modgap.formats.json_text import json_fault
from modgap.formats.text import read_text

# What img2dataset says of each address.
STATUS, REASON = "status", "error_message"


def read_json(path: str | os.PathLike) -> object:
    """Return what a JSON file holds; marks and encodings are those of `modgap.formats.text`.

    Raises
    ------
    InputError
        Naming the file, and the line where it is cut short or damaged.
    """
    text = read_text(path)
    try:
        return json.loads(text, object_pairs_hook=named_once)
    except json.JSONDecodeError as error:
        raise json_fault(error, text, path, "fetch or unpack the file again") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not JSON that can be read ({error})") from error


def named_once(pairs: list[tuple[str, object]]) -> dict:
    """An object of JSON, whose keys must differ: of one that repeats, the last alone would be left.

    Raises
    ------
    ValueError
        Naming the key.
    """
    record = dict(pairs)
    if len(record) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        key, times = counts.most_common(1)[0]
        raise ValueError(f"the key {key!r} stands {times} times in one object; name it once")
    return record


def failed_download(record: object) -> str | None:
    """What a downloader says of an image that it could not fetch, None of any other.

    >>> failed_download({"status": "failed_to_download", "error_message": "HTTP Error 404"})
    'failed_to_download (HTTP Error 404)'
    """
    status, reason = id_of(record, STATUS), id_of(record, REASON)
    if status in (None, "success"):
        return None
    return f"{status} ({reason})" if reason else status


def raw_texts(sentence: dict) -> list:
    """What is `raw` in a record of a sentence, or of several as columns; itself if nothing is.

    >>> raw_texts({"raw": "a dog", "sentid": 1}), raw_texts({"raw": ["a", "b"], "sentid": [1, 2]})
    (['a dog'], ['a', 'b'])
    """
    raw = sentence.get("raw", sentence)
    return raw if isinstance(raw, list) and raw else [raw]


def id_of(record: object, key: str) -> str | None:
    """Return an id of a record as a string, None if it has none.

    Other people's programs write one and the same id as 7, "7" or, where a neighbour was missing,
    7.0.

    >>> [id_of({"id": value}, "id") for value in (7, "7", 7.0, None, True)]
    ['7', '7', '7', None, None]
    """
    value = record.get(key) if isinstance(record, dict) else None
    return as_word(value)


def as_word(value: object) -> str | None:
    """A whole number, a string or bytes as a string, None for anything else or an empty one."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "backslashreplace")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        return None
    return printable(value.strip()) or None
