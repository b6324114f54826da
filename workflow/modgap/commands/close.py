"""`modgap close IMAGES TEXTS`: move two clouds together, and say what that does to everything."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from modgap.commands.options import add_inputs, check_out, natural, positive, show, with_interval
from modgap.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


def add_parser(commands: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Add the command and its options."""
    parser = commands.add_parser(
        "close", help="close the gap of embeddings; every metric before and after"
    )
    add_inputs(parser)
    parser.add_argument(
        "--method", help="centre, midpoint, procrustes, …; `modgap compare` runs all of them"
    )
    parser.add_argument(
        "--amount", type=float, help="how far, in the method's unit; default: the whole way"
    )
    parser.add_argument(
        "--calibrate",
        type=float,
        default=0.5,
        metavar="SHARE",
        help="of the images that the method is fitted on, with their texts; it is judged on the "
        "others (0.5). 1: fitted on all and judged on the same",
    )
    parser.add_argument(
        "--with",
        dest="means",
        type=Path,
        metavar="MEANS",
        help="fit nothing: move IMAGES by this means.parquet of an earlier run; needs --modality",
    )
    parser.add_argument("--modality", choices=("image", "text"), help="of the file, for --with")
    parser.add_argument(
        "--out", type=Path, required=True, help="a new folder; for --with a file .parquet or .npy"
    )
    parser.add_argument("--storage", choices=("float32", "float16"), default="float32")
    parser.add_argument("--seed", type=natural, default=0, help="of the draw and intervals (0)")
    parser.add_argument("--resamples", type=positive, default=1000, help="of the bootstrap (1000)")
    return parser


def run(options: argparse.Namespace) -> None:
    """Fit and move two files, or move one by what was fitted before."""
    if options.means:
        _apply(options)
        return
    if not options.method:
        raise InputError("--method: expected the name of a closer, such as centre, or --with")
    from modgap.measure.closed_folder import check_free, write_closed
    from modgap.measure.closers import close_pair
    from modgap.measure.files import read_clouds
    from modgap.runtime.provenance import provenance

    check_free(options.out)
    clouds = read_clouds(options.images, options.texts, options.pairs, options.labels)
    names = ("amount", "calibrate", "storage", "seed", "resamples")
    settings = {name: getattr(options, name) for name in names}
    closed = close_pair(*clouds, options.method, **settings)
    # Before anything is printed: whoever reads it may be gone.
    write_closed(options.out, closed, {**clouds[0].metadata, **provenance()}, options.storage)
    show(_before_and_after(closed.outcomes).to_string(index=False))


def _before_and_after(outcomes: "pd.DataFrame") -> "pd.DataFrame":
    """The outcomes as a reader has them, numbers with their intervals."""
    shown = outcomes[["metric", "modality"]].copy()
    for side in ("before", "after"):
        columns = outcomes[[side, f"{side}_low", f"{side}_high"]].to_numpy(float)
        shown[side] = [with_interval(*values) for values in columns]
    return shown.assign(n=outcomes["n"])


def _apply(options: argparse.Namespace) -> None:
    """Move one file by maps that were fitted before."""
    fitting = {"TEXTS": options.texts, "--method": options.method, "--amount": options.amount}
    for name, value in fitting.items():
        if value is not None:
            raise InputError(
                f"{name}: not with --with, which moves IMAGES by what was fitted before"
            )
    if not options.modality:
        raise InputError("--with: needs --modality image or text: which of the two maps to use")
    if options.out.suffix not in (".parquet", ".npy"):
        raise InputError(f"--out {options.out}: expected a name ending in .parquet or .npy")
    check_out(options)
    import numpy as np

    from modgap.formats.embeddings import write_embeddings
    from modgap.formats.files import whole_file
    from modgap.measure.closed_folder import move_file

    moved = move_file(options.images, options.means, options.modality)
    if options.out.suffix == ".parquet":
        write_embeddings(options.out, moved, options.storage)
        return
    with whole_file(options.out) as partial:
        np.save(partial, moved.vectors.astype(options.storage))
