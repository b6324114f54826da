"""`modgap measure IMAGES TEXTS`: every metric of embeddings of your own."""

import argparse
from pathlib import Path

from modgap.commands.options import add_inputs, natural, positive
from modgap.errors import InputError


def add_parser(commands: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Add the command and its options."""
    parser = commands.add_parser("measure", help="every metric of two files of embeddings")
    add_inputs(parser)
    parser.add_argument("--out", type=Path, help="write the table here (.csv or .parquet)")
    parser.add_argument("--seed", type=natural, default=0, help="of intervals and samples (0)")
    parser.add_argument("--resamples", type=positive, default=1000, help="of the bootstrap (1000)")
    return parser


def run(options: argparse.Namespace) -> None:
    """Measure, print the table, and write it where asked to."""
    if options.out and options.out.suffix not in (".csv", ".parquet"):
        raise InputError(f"--out {options.out}: expected a name ending in .csv or .parquet")
    from modgap.measure.files import measure_files

    settings = {"seed": options.seed, "resamples": options.resamples}
    table = measure_files(options.images, options.texts, options.pairs, options.labels, **settings)
    shown = table[["metric", "modality", "value", "low", "high", "n"]]
    print(shown.to_string(index=False, float_format="{:.4f}".format, na_rep=""))
    if options.out and options.out.suffix == ".csv":
        from modgap.formats.files import write_text

        write_text(options.out, table.to_csv(index=False))
    elif options.out:
        from modgap.formats.tables import write_frame
        from modgap.runtime.provenance import provenance

        write_frame(options.out, table, {**settings, **provenance()})
