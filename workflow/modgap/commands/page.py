"""`modgap page RESULTS`: the page of a results folder, as far as the study has come."""

import argparse
from pathlib import Path

from modgap.commands.options import show
from modgap.errors import InputError


def add_parser(commands: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Add the command and its options."""
    parser = commands.add_parser(
        "page", help="one page of a results folder: board, figures, models, what is absent"
    )
    parser.add_argument("results", type=Path, help="the results folder of a study, finished or not")
    parser.add_argument(
        "--picture", type=Path, metavar="FILE.png", help="also a picture of its top, by chromium"
    )
    return parser


def run(options: argparse.Namespace) -> int:
    """Write index.html into the folder, and the picture if one is wanted; print where."""
    try:
        from modgap.page.write import write_page
    except ModuleNotFoundError as error:
        raise InputError(
            f"modgap page: {error.name} is not installed; pip install 'modgap[study]'"
        ) from error

    path = write_page(options.results)
    show(str(path))
    if options.picture:
        from modgap.page.picture import take_picture

        show(str(take_picture(path, options.picture)))
    return 0
