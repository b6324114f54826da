"""Types of options that several commands take."""

import argparse
import os
import sys
from pathlib import Path

_FORMATS = "(.npy, .npz, .safetensors, .parquet, .arrow, .pt, .csv, .jsonl; rows = items)"


def add_inputs(parser: argparse.ArgumentParser) -> None:
    """The two clouds, what belongs together and what is in the images."""
    parser.add_argument("images", type=Path, help=f"image embeddings {_FORMATS}")
    parser.add_argument(
        "texts",
        type=Path,
        nargs="?",
        help="text embeddings; not needed where IMAGES is an array (2, items, dimensions) of both",
    )
    parser.add_argument(
        "--pairs",
        type=Path,
        help="two columns, image and text: row numbers from 0, or ids; default: by the ids that "
        "both files have, else row i with row i",
    )
    parser.add_argument(
        "--labels",
        type=Path,
        help="one row per image (or a column id): first column object, others attributes",
    )


def check_out(options: argparse.Namespace) -> None:
    """Raise `InputError` if `--out` cannot be written, or is one of the files that are read."""
    if options.out is None:
        return
    from modgap.formats.files import check_target

    names = ("images", "texts", "pairs", "labels", "means")
    inputs = [getattr(options, name, None) for name in names] + getattr(options, "more", [])
    check_target(options.out, [given for given in inputs if given is not None])


def show(text: str) -> None:
    """Print text. That its reader is gone (`modgap measure … | head`) is no fault."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # Python would flush again as it ends, and say so.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def with_interval(value: float, low: float, high: float) -> str:
    """A number as tables on the screen have it: "0.5915 [0.5873, 0.5955]".

    >>> with_interval(0.5, 0.4, 0.61), with_interval(2.0, float("nan"), float("nan"))
    ('0.5000 [0.4000, 0.6100]', '2.0000')
    """
    if value != value:
        return ""
    return f"{value:.4f} [{low:.4f}, {high:.4f}]" if low == low else f"{value:.4f}"


def natural(text: str) -> int:
    """A whole number from 0; argparse names the option where it is not."""
    return _whole(text, 0)


def positive(text: str) -> int:
    """A whole number from 1."""
    return _whole(text, 1)


def _whole(text: str, least: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = None
    if number is None or number < least:
        raise argparse.ArgumentTypeError(f"{text!r}, expected a whole number from {least}")
    return number
