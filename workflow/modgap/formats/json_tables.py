"""Records in JSON as Arrow tables: whatever pandas, polars, Hugging Face or a service writes."""

import logging
import os

import numpy as np
import pyarrow as pa

from modgap.errors import InputError
from modgap.formats.json_columns import is_one_row, kind_of, table_of
from modgap.formats.json_frames import are_arrays, count, holds_columns
from modgap.formats.json_text import read_documents
from modgap.formats.vector_columns import EMBEDDING

_log = logging.getLogger(__name__)

_EXPECTED = (
    'expected records such as {"id": "a", "embedding": [0.1, 0.2]}, one per line or in one list, '
    "or a list of embeddings"
)
_SPLIT = {"columns", "index", "data"}
# Where services say how many records there are, and that a page has a next one.
_TOTALS = ("total", "numFound", "totalResults")
_NEXT = ("next_page_offset", "nextPageToken", "next_page_token", "has_more")


def read_json_table(path: str | os.PathLike) -> pa.Table:
    """Read records with embeddings, one row each.

    They are one per line, a list, what pandas' `to_json` makes of a frame by default or as
    "split", "index" or "table", lists by the name of their column, embeddings by the name of their
    item, pairs of a name and an embedding, bare lists of numbers, or the answer of a service that
    has one list of records. A record within a record becomes columns (`meta.id`).

    Parameters
    ----------
    path
        .jsonl, .ndjson or .json, packed by gzip or not.

    Returns
    -------
    pyarrow.Table
        Null is a missing value, and NaN within an embedding; a column of numbers and words is one
        of words.

    Raises
    ------
    InputError
        By line for what is no JSON, a record that names something twice, a line without a record;
        by row for an embedding that holds words or truth values; for a document in which rows
        cannot be told from columns.
    """
    documents = list(read_documents(path, _record))
    if not documents:
        raise InputError(f"{path}: an empty file; {_EXPECTED}")
    if len(documents) > 1:
        if (items := _named(documents)) is not None:
            return _of_items(items, path)
        documents = _of_bulk(documents)
        return table_of([_row(value, path, f"line {line}") for line, value in documents], path)
    ((_, content),) = documents
    if isinstance(content, list):
        return table_of([_row(value, path, f"row {n}") for n, value in enumerate(content)], path)
    if not isinstance(content, dict):
        raise InputError(f"{path}: holds {kind_of(content)}; {_EXPECTED}")
    return _of_object(content, path)


def _named(documents: list[tuple[int, object]]) -> dict[str, np.ndarray] | None:
    """Embeddings by name where each document is one of them under a name of its own, else None."""
    items = {}
    for _, document in documents:
        if not isinstance(document, dict) or len(document) != 1:
            return None
        ((name, value),) = document.items()
        value = value[0] if is_one_row(value) else value
        if name in items or not isinstance(value, np.ndarray):
            return None
        items[name] = value
    return items


def _of_bulk(documents: list[tuple[int, object]]) -> list[tuple[int, object]]:
    """Each document with what the line before says of it, as Elasticsearch's bulk files have it."""
    actions = [value for _, value in documents[::2]]
    sources = documents[1::2]
    if len(actions) > len(sources) or not all(map(_is_action, actions)):
        return documents
    bulk = []
    for action, (line, source) in zip(actions, sources, strict=True):
        (about,) = action.values()
        if not isinstance(source, dict) or _is_action(source) or set(about) & set(source):
            return documents
        bulk.append((line, {**about, **source}))
    return bulk


def _is_action(value: object) -> bool:
    """Whether a line says what is to be done with the next, and of what id and index that is."""
    known = isinstance(value, dict) and list(value) in (["index"], ["create"])
    return known and all(isinstance(about, dict) for about in value.values())


def _record(pairs: list[tuple[str, object]]) -> dict:
    """A record whose lists of numbers are arrays: Python's own take five times the memory."""
    record = {name: _array(value) for name, value in pairs}
    if len(record) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"a record names {twice!r} twice")
    return record


def _array(value: object) -> object:
    """A list of numbers as an array, with null as NaN; a list of such lists as a list of arrays."""
    if not isinstance(value, list) or not value:
        return value
    kinds = set(map(type, value))
    if kinds == {list}:
        return [_array(item) for item in value]
    if not kinds <= {int, float, type(None)}:
        return value
    if kinds == {int} and max(map(abs, value)) < 2**63:
        return np.array(value, np.int64)
    return np.array([np.nan if item is None else item for item in value], np.float64)


def _row(value: object, path: str | os.PathLike, place: str) -> dict:
    """One item as a flat record."""
    value = _array(value)
    if is_one_row(value):
        (value,) = value
    if isinstance(value, np.ndarray):
        return {EMBEDDING: value}
    if isinstance(value, list) and len(value) == 2 and type(value[0]) in (int, str):
        name, vector = value[0], _array(value[1])
        if isinstance(vector, np.ndarray):
            return {"id": name, EMBEDDING: vector}
    if not isinstance(value, dict):
        raise InputError(f"{path}: {place} holds {kind_of(value)}; {_EXPECTED}")
    return _flat(value, path, place)


def _flat(record: dict, path: str | os.PathLike, place: str, before: str = "") -> dict:
    """The values of records within a record, as `outer.inner`; a list of one record is as it."""
    flat = {}
    for name, value in record.items():
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
            (value,) = value
        if isinstance(value, dict):
            new = _flat(value, path, place, f"{before}{name}.")
        else:
            new = {f"{before}{name}": value}
        if twice := set(flat) & set(new):
            raise InputError(f"{path}: {place} has {sorted(twice)[0]!r} twice; rename one")
        flat.update(new)
    return flat


def _of_object(content: dict, path: str | os.PathLike) -> pa.Table:
    """The table that one object is."""
    if {"columns", "data"} <= set(content) <= _SPLIT:
        return _of_split(content, path)
    if (columns := _described(content)) is not None:
        return _of_split({"columns": columns, "data": content["data"]}, path)
    if (name := _answer_within(content)) is not None:
        rest = [other for other in content if other != name]
        _log.info("%s: what is in %r is read%s", path, name, f", {rest} not read" if rest else "")
        return _of_object(content[name], path)
    if _is_frame(list(content.values())):
        return _of_frame(content, path)
    if _are_items(list(content.values())):
        records = [_flat(item, path, f"{name!r}") for name, item in content.items()]
        return table_of(records, path, list(content))
    records = [name for name, value in content.items() if _is_list_of(value, dict)]
    # Those say what the columns are, as in ClickHouse's JSON.
    records = [name for name in records if name != "meta"] or records
    if len(content) > 2 and all(map(is_one_row, content.values())):
        return _of_items({name: value[0] for name, value in content.items()}, path)
    if any(_is_list_of(value, np.ndarray) for value in content.values()):
        return _of_columns(content, path)
    if len(records) == 1:
        return _of_answer(content, records[0], path)
    if len(records) > 1:
        raise InputError(f"{path}: holds records in {records}; save each list in its own file")
    flat = _flat(content, path, "the record")
    if any(_is_list_of(value, np.ndarray) for value in flat.values()):
        return _of_columns(flat, path)
    lengths = {len(value) if isinstance(value, np.ndarray) else 0 for value in flat.values()}
    if len(lengths) == 1 and min(lengths) > 1 and len(flat) > 2:
        if count(flat):
            raise InputError(
                f"{path}: lists called {', '.join(list(flat)[:3])}, … may be rows or columns; "
                f"{_EXPECTED}"
            )
        return _of_items(flat, path)
    return table_of([flat], path)


def _answer_within(content: dict) -> str | None:
    """The one object within an answer of a service that holds the records, None if there is none.

    >>> _answer_within({"result": {"points": [{"id": 0}, {"id": 1}]}, "status": "ok"})
    'result'
    """
    if any(isinstance(value, list | np.ndarray) for value in content.values()):
        return None
    inner = {name: value for name, value in content.items() if isinstance(value, dict)}
    names = [name for name, value in inner.items() if _holds_records(value)]
    return names[0] if len(names) == 1 else None


def _described(content: dict) -> list[str] | None:
    """The names of columns that `meta` tells of rows in `data`, as ClickHouse's JSONCompact has."""
    meta, data = content.get("meta"), content.get("data")
    if not (_is_list_of(meta, dict) and _is_list_of(data, list)):
        return None
    return [column["name"] for column in meta] if all("name" in column for column in meta) else None


def _holds_records(content: dict) -> bool:
    """Whether an object holds a list of records, records by name, or another that does."""
    values = list(content.values())
    if any(_is_list_of(value, dict) and len(value) > 1 for value in values):
        return True
    if _are_items(values):
        return True
    return any(isinstance(value, dict) and _holds_records(value) for value in values)


def _are_items(values: list) -> bool:
    """Whether these are records that have embeddings under one name."""
    if len(values) < 2 or not all(isinstance(value, dict) for value in values):
        return False
    shared = set.intersection(*map(set, values))
    return any(are_arrays([value[name] for value in values]) for name in shared)


def _is_frame(values: list) -> bool:
    """Whether these are records of the same names."""
    if not values or not all(isinstance(value, dict) and value for value in values):
        return False
    return all(value.keys() == values[0].keys() for value in values)


def _of_split(content: dict, path: str | os.PathLike) -> pa.Table:
    """pandas' orient="split"."""
    names = [str(name) for name in np.ravel(content["columns"])]
    rows = [row.tolist() if isinstance(row, np.ndarray) else row for row in content["data"]]
    for number, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != len(names):
            raise InputError(f"{path}: row {number} of 'data' has not the {len(names)} 'columns'")
    if len(set(names)) < len(names):
        raise InputError(f"{path}: 'columns' has a name twice; rename one")
    records = [dict(zip(names, map(_array, row), strict=True)) for row in rows]
    return table_of(records, path, content.get("index"))


def _of_frame(content: dict, path: str | os.PathLike) -> pa.Table:
    """Objects of one shape by name: the columns of a frame (pandas' default), or its rows."""
    outer = list(content.values())
    if holds_columns(content, path):
        names = list(outer[0])
        records = [{key: column[name] for key, column in content.items()} for name in names]
    else:
        names, records = list(content), outer
    return table_of([_flat(record, path, "a row") for record in records], path, names)


def _of_answer(content: dict, name: str, path: str | os.PathLike) -> pa.Table:
    """The records in one list of an object, in their own order where they have an `index`."""
    rest = [other for other in content if other != name]
    _log.info("%s: records in %r are read%s", path, name, f", {rest} not read" if rest else "")
    records = [_flat(item, path, f"row {n}") for n, item in enumerate(content[name])]
    _warn_of_page(content, len(records), path)
    order = [item.get("index") for item in records]
    counted = all(type(number) is int for number in order)
    if counted and order != sorted(order) == list(range(len(order))):
        _log.warning("%s: records are put into the order of their 'index'", path)
        records.sort(key=lambda item: item["index"])
    return table_of(records, path)


def _warn_of_page(content: dict, records: int, path: str | os.PathLike) -> None:
    """Warn of an answer that may be one page of several by what it says beside its records."""
    marks = [name for name in _NEXT if isinstance(content.get(name), bool | int | str)]
    marks = [name for name in marks if content[name]]
    for name in _TOTALS:
        value = content.get(name)
        total = value.get("value") if isinstance(value, dict) else value
        marks += [name] if type(total) is int and total > records else []
    if marks:
        text = "%s: holds %d records and may be one page of more: %r is %r; fetch the others too"
        _log.warning(text, path, records, marks[0], content[marks[0]])


def _of_columns(content: dict, path: str | os.PathLike) -> pa.Table:
    """Lists by the name of their column."""
    lists = {name: value for name, value in content.items() if isinstance(value, list | np.ndarray)}
    sizes = {len(value) for value in lists.values() if _is_list_of(value, np.ndarray)}
    if len(sizes) > 1:
        shown = ", ".join(f"{name!r} ({len(value)})" for name, value in lists.items())
        raise InputError(f"{path}: lists of several lengths: {shown}; save each in its own file")
    (size,) = sizes
    lists = {name: value for name, value in lists.items() if len(value) == size}
    rest = [name for name in content if name not in lists]
    if rest:
        _log.info("%s: %s not read: no list of %d", path, rest, size)
    columns = [value if isinstance(value, list) else value.tolist() for value in lists.values()]
    records = [dict(zip(lists, row, strict=True)) for row in zip(*columns, strict=True)]
    return table_of(records, path)


def _of_items(content: dict, path: str | os.PathLike) -> pa.Table:
    """Embeddings by the name of their item."""
    _log.info("%s: %d lists taken as embeddings, their names as the ids", path, len(content))
    return table_of([{"id": name, EMBEDDING: row} for name, row in content.items()], path)


def _is_list_of(value: object, kind: type) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, kind) for one in value)
