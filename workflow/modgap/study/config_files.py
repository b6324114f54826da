"""Files of a configuration as they were written, before Snakemake merges them."""

import os
from collections.abc import Iterable, Iterator

import yaml

from modgap.errors import InputError

# Ten times as fast, where PyYAML was built with it: this is read at every start.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def check_repeats(paths: Iterable[str | os.PathLike]) -> None:
    """Raise `InputError` for a key that stands twice in one place of a file: the first is lost.

    Parameters
    ----------
    paths
        Files of YAML, or of JSON; what is no YAML is left to Snakemake, which reads them first.
    """
    for path in paths:
        with open(path, encoding="utf-8-sig") as file:  # noqa: PTH123 (a str, or a path)
            for key, first, second in _repeats(yaml.compose(file, Loader=_Loader)):
                raise InputError(
                    f"{path}: the key {key!r} stands in line {first} and again in line {second}, "
                    "and the first would be lost; put both into one block, or rename one"
                )


def _repeats(node: yaml.Node | None) -> Iterator[tuple[str, int, int]]:
    """Each key that repeats below a node, with the lines of its first two places."""
    if isinstance(node, yaml.MappingNode):
        lines: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            name = str(key.value)
            if name in lines and key.tag != "tag:yaml.org,2002:merge":
                yield name, lines[name], line
            lines.setdefault(name, line)
            yield from _repeats(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _repeats(value)
