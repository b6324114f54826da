"""`modgap compare IMAGES TEXTS`: every way to close the gap, side by side."""

import argparse
from pathlib import Path

from modgap.commands.options import add_inputs, check_out, natural, positive, show
from modgap.errors import InputError


def add_parser(commands: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Add the command and its options."""
    parser = commands.add_parser("compare", help="all ways to close the gap, in one table")
    add_inputs(parser)
    parser.add_argument(
        "--calibrate",
        type=float,
        default=0.5,
        metavar="SHARE",
        help="of the images that methods are fitted on; they are judged on the others (0.5)",
    )
    parser.add_argument("--out", type=Path, help="write all metrics with intervals here (.csv)")
    parser.add_argument("--seed", type=natural, default=0, help="of the draw and intervals (0)")
    parser.add_argument("--resamples", type=positive, default=1000, help="of the bootstrap (1000)")
    return parser


def run(options: argparse.Namespace) -> None:
    """Fit, move and measure; print one line per closer."""
    if options.out and options.out.suffix != ".csv":
        raise InputError(f"--out {options.out}: expected a name ending in .csv")
    check_out(options)
    from modgap.formats.files import write_text
    from modgap.measure.closers import compare_closers, wide_outcomes
    from modgap.measure.files import read_clouds

    clouds = read_clouds(options.images, options.texts, options.pairs, options.labels)
    settings = {name: getattr(options, name) for name in ("calibrate", "seed", "resamples")}
    table = compare_closers(*clouds, **settings)
    if options.out:
        write_text(options.out, table.to_csv(index=False))
    show(wide_outcomes(table).to_string(float_format="{:.3f}".format, na_rep=""))
