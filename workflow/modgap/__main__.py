"""`python -m modgap measure IMAGES TEXTS`: measure embeddings of your own."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from modgap.errors import InputError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code: 0, or 1 for input that cannot be used."""
    options = _parser().parse_args(arguments)
    try:
        _measure(options)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m modgap", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    measure = commands.add_parser("measure", help="every metric of two files of embeddings")
    formats = "(.npy, .npz, .parquet, .safetensors; rows = items)"
    measure.add_argument("images", type=Path, help=f"image embeddings {formats}")
    measure.add_argument("texts", type=Path, help=f"text embeddings {formats}")
    measure.add_argument(
        "--pairs", type=Path, help="two columns, image row and text row; default: row i with row i"
    )
    measure.add_argument(
        "--labels", type=Path, help="one row per image: first column object, others attributes"
    )
    measure.add_argument("--out", type=Path, help="write the table here (.csv or .parquet)")
    measure.add_argument("--seed", type=int, default=0, help="of intervals and samples (0)")
    measure.add_argument("--resamples", type=int, default=1000, help="of the bootstrap (1000)")
    return parser


def _measure(options: argparse.Namespace) -> None:
    if options.out and options.out.suffix not in (".csv", ".parquet"):
        raise InputError(f"--out {options.out}: expected a name ending in .csv or .parquet")
    from modgap.measure.files import measure_files

    table = measure_files(
        options.images,
        options.texts,
        options.pairs,
        options.labels,
        seed=options.seed,
        resamples=options.resamples,
    )
    shown = table[["metric", "modality", "value", "low", "high", "n"]]
    print(shown.to_string(index=False, float_format="{:.4f}".format, na_rep=""))
    if options.out and options.out.suffix == ".csv":
        from modgap.formats.files import write_text

        write_text(options.out, table.to_csv(index=False))
    elif options.out:
        from modgap.formats.tables import write_frame
        from modgap.runtime.provenance import provenance

        record = {"seed": options.seed, "resamples": options.resamples, **provenance()}
        write_frame(options.out, table, record)


if __name__ == "__main__":
    sys.exit(main())
