"""Which types of Arrow columns hold numbers, or lists of them."""

import pyarrow as pa

_LISTS = (
    pa.types.is_list,
    pa.types.is_large_list,
    pa.types.is_fixed_size_list,
    pa.types.is_list_view,
    pa.types.is_large_list_view,
)


def is_number(kind: pa.DataType) -> bool:
    """Whether a column holds numbers, truth values not among them."""
    return pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind)


def is_text(kind: pa.DataType) -> bool:
    """Whether a column holds words."""
    kinds = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    return any(of_kind(kind) for of_kind in kinds)


def is_list(kind: pa.DataType) -> bool:
    """Whether a column holds lists of any Arrow kind."""
    return any(of_kind(kind) for of_kind in _LISTS)


def item_of(kind: pa.DataType) -> pa.DataType | None:
    """The type of the numbers in a column of lists of numbers; None for other columns.

    >>> item_of(pa.list_(pa.float32())), item_of(pa.list_(pa.string()))
    (DataType(float), None)
    """
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    return kind.value_type if is_list(kind) and is_number(kind.value_type) else None


def has_numbers(kind: pa.DataType) -> bool:
    """Whether a column holds lists of numbers."""
    return item_of(kind) is not None
