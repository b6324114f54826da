"""Command line of modgap: `modgap COMMAND …`, or `python -m modgap COMMAND …`."""

import argparse
import logging
import sys
from collections.abc import Sequence

from modgap.commands import close, compare, diff, measure, page
from modgap.errors import InputError

_COMMANDS = (measure, close, compare, diff, page)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    What a command leaves out, merges or converts is a line on standard error each.

    Parameters
    ----------
    arguments
        Words after the command's name; those of the process by default.

    Returns
    -------
    int
        The exit code: 0; 1 for input that cannot be used, and for differences that `diff` finds.
    """
    parser = argparse.ArgumentParser(prog="modgap", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add_parser(commands).set_defaults(run=command.run)
    options = parser.parse_args(arguments)
    _show_notes()
    try:
        return options.run(options) or 0
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _show_notes() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(_Notes())
    log = logging.getLogger("modgap")
    log.handlers = [handler]
    log.setLevel(logging.INFO)


class _Notes(logging.Formatter):
    """Log records as lines for a reader: "note: …" or "warning: …"."""

    def format(self, record: logging.LogRecord) -> str:
        kind = "note" if record.levelno < logging.WARNING else record.levelname.lower()
        return f"{kind}: {record.getMessage()}"


if __name__ == "__main__":
    sys.exit(main())
