"""What torch.save kept, as values by name: dictionaries, records, names beside a tensor."""

from typing import Any

from modgap.formats.arrays import is_vector
from modgap.formats.sides import is_vectors


def by_name(content: Any) -> dict:
    """The content of a file of torch as one dictionary of tensors and of lists of values.

    A tensor is called ""; names within names are joined, as "image.features", unless there are
    tensors of rows beside them. A dictionary of vectors or of records by the name of their items
    has these names as `ids`, and records, one for each item or each batch, are columns.

    >>> by_name([{"id": "a", "x": 1}, {"id": "b", "x": 2}])
    {'id': ['a', 'b'], 'x': [1, 2]}
    >>> by_name({"image": {"ids": ["a"]}, "text": {"ids": ["b"]}})
    {'image.ids': ['a'], 'text.ids': ['b']}
    """
    if _are_records(content):
        return _columns(content)
    if _are_names_and_rows(content):
        names, rows = content
        return {"ids": list(names), "embeddings": rows}
    if not isinstance(content, dict):
        return {"": content}
    if _are_vectors(content):
        return {"ids": list(map(str, content)), "embeddings": list(content.values())}
    items = list(content.values())
    if len(items) > 2 and _are_records(items) and any(map(_is_vector, items[0].values())):
        return {"ids": list(map(str, content)), **_columns(items)}
    if any(map(_has_rows, items)):
        return content  # what is within others are settings, or weights of a model
    flat = {}
    for name, value in content.items():
        inner = by_name(value) if isinstance(value, dict) else {"": value}
        flat.update({f"{name}.{key}" if key else name: one for key, one in inner.items()})
    return flat


def _columns(records: list[dict]) -> dict:
    """Records of one item or of one batch each as columns."""
    columns = {name: [record[name] for record in records] for name in records[0]}
    if any(map(_has_rows, records[0].values())):
        return {name: _joined(batches) for name, batches in columns.items()}
    return columns


def _joined(batches: list) -> Any:
    """Values of several batches one behind the other; as they are if they have none for items."""
    import torch

    if all(torch.is_tensor(batch) and batch.ndim for batch in batches):
        return torch.cat(batches)
    if all(isinstance(batch, list | tuple) for batch in batches):
        return [value for batch in batches for value in batch]
    return batches


def _has_rows(value: Any) -> bool:
    """Whether this is a tensor of several rows, or a list of tensors."""
    import torch

    if isinstance(value, list | tuple):
        return bool(value) and all(map(torch.is_tensor, value))
    return torch.is_tensor(value) and value.ndim > 1 and len(value) > 1


def _are_records(content: Any) -> bool:
    """Whether this is a list of dictionaries that have the same names."""
    if not isinstance(content, list | tuple) or not content:
        return False
    return all(isinstance(item, dict) and item.keys() == content[0].keys() for item in content)


def _are_names_and_rows(content: Any) -> bool:
    """Whether this is a pair of names and a tensor of as many rows."""
    import torch

    if not isinstance(content, list | tuple) or len(content) != 2:
        return False
    names, rows = content
    if not isinstance(names, list | tuple) or not torch.is_tensor(rows) or rows.ndim != 2:
        return False
    return len(names) == len(rows) and all(isinstance(name, str | int) for name in names)


def _are_vectors(content: dict) -> bool:
    """Whether these are vectors of one length, so each is of an item; whole numbers by name too.

    Columns of labels and ids are vectors of one length as well.
    """
    items = list(content.values())
    if len(items) < 3 or not all(map(_is_vector, items)):
        return False
    whole = not any(item.is_floating_point() for item in items)
    if whole and not all(is_vectors(name) for name in content):
        return False
    return len({item.shape[-1] for item in items}) == 1


def _is_vector(value: Any) -> bool:
    """Whether this is a tensor of several numbers on one axis."""
    import torch

    return torch.is_tensor(value) and is_vector(tuple(value.shape))
