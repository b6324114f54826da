"""Which modules of this package a script depends on, for Snakemake to watch.

Snakemake watches a script but none of the modules that the script imports. Every rule therefore
names them as input, and they are found here by following the import statements, so that no list
kept by hand can fall behind.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from modgap.errors import InputError

_PACKAGE = Path(__file__).resolve().parents[1]


def modules_of(*roots: Path | str) -> list[str]:
    """Paths of all modules of this package that the given Python files import, directly or not.

    A root inside the package is listed too; the list is sorted. Raises `InputError` if a root
    stands beside another copy of this package: its imports would be followed into the wrong one.
    """
    modules: set[Path] = set()
    waiting = [Path(root).resolve() for root in roots]
    for path in waiting:
        _check_same_checkout(path)
    while waiting:
        path = waiting.pop()
        if path in modules:
            continue
        modules.add(path)
        waiting.extend(_imports(path))
    return sorted(str(path) for path in modules if path.is_relative_to(_PACKAGE))


def _check_same_checkout(root: Path) -> None:
    for folder in root.parents:
        package = folder / _PACKAGE.name
        if (package / "study" / "dependencies.py").is_file():
            if package != _PACKAGE:
                raise InputError(
                    f"modgap was imported from {_PACKAGE}, but {root} belongs to {package}: the "
                    f"environment has another checkout installed. Run `pip install -e "
                    f"{package.parents[1]}`, or set PYTHONPATH={package.parent}"
                )
            return


@cache
def _imports(path: Path) -> tuple[Path, ...]:
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    return tuple(file for name in _names(tree.body) for file in _files(name))


def _names(statements: list[ast.AST]) -> Iterator[str]:
    """Names of what is imported by these statements and by those within them."""
    for node in statements:
        # Not ast.walk: expressions are nine tenths of a file, and none of them imports.
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            yield from _names(getattr(node, part, []))
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            # `from modgap.train import towers` may name a module.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _files(name: str) -> Iterator[Path]:
    """The module's own file; the packages above it hold no code but the lazy public names."""
    parts = name.split(".")
    if parts[0] != "modgap" or len(parts) == 1:
        return
    path = _PACKAGE.joinpath(*parts[1:])
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file():
            yield candidate
