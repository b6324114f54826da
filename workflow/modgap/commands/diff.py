"""`modgap diff BEFORE AFTER`: which numbers of a study moved between two results folders."""

import argparse
from pathlib import Path

from modgap.commands.options import show


def add_parser(commands: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Add the command and its options."""
    parser = commands.add_parser(
        "diff", help="what moved between two results folders; exit code 1 if anything did"
    )
    parser.add_argument("before", type=Path, help="a results folder")
    parser.add_argument("after", type=Path, help="another one of the same study")
    parser.add_argument(
        "--exact",
        action="store_true",
        help="count every difference, also within the interval of the number before",
    )
    return parser


def run(options: argparse.Namespace) -> int:
    """Print what differs, table by table; 1 if anything moved or is in one folder only."""
    from modgap.claims.difference import compare_results

    moved = compare_results(options.before, options.after)
    within = moved["change"] == "within"
    if not options.exact:
        moved = moved[~within]
    for name, rows in moved.groupby("table", sort=False):
        show(f"{name}: {len(rows)}")
        shown = rows.drop(columns="table").dropna(axis=1, how="all")
        show(shown.to_string(index=False, na_rep="", float_format="{:.6g}".format))
    if not options.exact and within.any():
        show(f"{within.sum()} numbers differ within their intervals; --exact shows them")
    return int(len(moved) > 0)
