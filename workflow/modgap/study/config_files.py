"""What a study is started with: where, and files of a configuration as they were written."""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from modgap.errors import InputError

# Ten times as fast, where PyYAML was built with it: this is read at every start.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
_OCTAL = re.compile(r"[-+]?0[0-7_]+")


def check_start(folder: str | os.PathLike, paths: Iterable[str | os.PathLike]) -> None:
    """Raise `InputError` unless Snakemake works in the folder of its Snakefile, on sound files.

    Rules name modules and sheets from there, so that results may be moved with the folder; in any
    other all of these were missing files.

    Parameters
    ----------
    folder
        Where the Snakefile lies.
    paths
        As `check_config_files`.
    """
    here = Path.cwd()
    if not here.samefile(folder):
        raise InputError(
            f"Snakemake works in {here}, but the study's files lie in {folder}: start it there, "
            "without --directory. `results:` in the configuration may be a folder anywhere"
        )
    check_config_files(paths)


def check_config_files(paths: Iterable[str | os.PathLike]) -> None:
    """Raise `InputError` for what YAML takes otherwise than it is written, without a word.

    That is a key that stands twice in one place, of which the first is lost, and a number that it
    takes for another: 010 for 8, 1:30 for 90.

    Parameters
    ----------
    paths
        Files of YAML, or of JSON; what is no YAML is left to Snakemake, which reads them first.
    """
    for path in paths:
        with open(path, encoding="utf-8-sig") as file:  # noqa: PTH123 (a str, or a path)
            root = yaml.compose(file, Loader=_Loader)
        for key, first, second in _repeats(root):
            raise InputError(
                f"{path}: the key {key!r} stands in line {first} and again in line {second}, "
                "and the first would be lost; put both into one block, or rename one"
            )
        for node in _scalars(root):
            if other := _misread(node):
                raise InputError(
                    f"{path}: line {node.start_mark.line + 1}: {node.value} is the number {other} "
                    "to YAML; write the number that is meant in plain digits, and words in quotes"
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


def _scalars(node: yaml.Node | None) -> Iterator[yaml.ScalarNode]:
    """Every value below a node; keys are names, and looked at as such."""
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.CollectionNode):
        for part in node.value:
            yield from _scalars(part[1] if isinstance(part, tuple) else part)


def _misread(node: yaml.ScalarNode) -> str:
    """The number that YAML makes of one that is written otherwise; "" for any other value.

    To YAML a leading 0 means octal digits, and colons hours, minutes and seconds.
    """
    if node.tag not in _NUMBERS:
        return ""
    octal = _OCTAL.fullmatch(node.value)
    if not octal and ":" not in node.value:
        return ""
    number = yaml.safe_load(node.value)
    return "" if octal and number == int(node.value, 10) else f"{number}"
