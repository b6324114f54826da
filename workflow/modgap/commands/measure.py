"""`modgap measure IMAGES TEXTS …`: every metric of embeddings of your own."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from modgap.commands.options import add_inputs, check_out, natural, positive, show, with_interval
from modgap.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


def add_parser(commands: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Add the command and its options."""
    parser = commands.add_parser("measure", help="every metric of two files of embeddings")
    add_inputs(parser)
    parser.add_argument(
        "more",
        type=Path,
        nargs="*",
        help="more clouds of the same items: gaps of every two, search in every direction, as they "
        "are and centred",
    )
    parser.add_argument("--out", type=Path, help="write the table here (.csv or .parquet)")
    parser.add_argument("--seed", type=natural, default=0, help="of intervals and samples (0)")
    parser.add_argument("--resamples", type=positive, default=1000, help="of the bootstrap (1000)")
    parser.add_argument(
        "--at-most",
        type=positive,
        metavar="N",
        help="measure N images drawn with the seed, and their texts; default: all",
    )
    return parser


def run(options: argparse.Namespace) -> None:
    """Measure, print the table, and write it where asked to."""
    if options.out and options.out.suffix not in (".csv", ".parquet"):
        raise InputError(f"--out {options.out}: expected a name ending in .csv or .parquet")
    check_out(options)
    settings = {"seed": options.seed, "resamples": options.resamples}
    if options.more:
        table, shown = _many_clouds(options, settings)
    else:
        from modgap.measure.files import measure_files

        inputs = (options.images, options.texts, options.pairs, options.labels)
        settings["at_most"] = options.at_most
        table = measure_files(*inputs, **settings)
        columns = table[["metric", "modality", "value", "low", "high", "n"]]
        shown = columns.to_string(index=False, float_format="{:.4f}".format, na_rep="")
    # The file before anything is printed: whoever reads it may be gone.
    if options.out and options.out.suffix == ".csv":
        from modgap.formats.files import write_text

        write_text(options.out, table.to_csv(index=False))
    elif options.out:
        from modgap.formats.tables import write_frame
        from modgap.runtime.provenance import provenance

        write_frame(options.out, table, {**settings, **provenance()})
    show(shown)


def _many_clouds(options: argparse.Namespace, settings: dict) -> tuple["pd.DataFrame", str]:
    """Measure three clouds or more; the table, and matrices: query down, index across."""
    if options.pairs:
        raise InputError("--pairs: joins two clouds; three or more are joined by id or row by row")
    if options.at_most is not None:
        raise InputError("--at-most: for two clouds only; three or more are measured whole")
    from modgap.measure.many_clouds import measure_clouds

    paths = [options.images, options.texts, *options.more]
    table = measure_clouds(paths, options.labels, **settings)
    shown = table.assign(
        cell=[with_interval(*values) for values in table[["value", "low", "high"]].to_numpy(float)]
    )
    names, blocks = shown["first"].drop_duplicates(), []
    for (metric, state), rows in shown.groupby(["metric", "state"], sort=False):
        if (rows["first"] == rows["second"]).all():
            matrix = rows.set_index("first")["cell"].to_frame(metric)
        else:
            matrix = rows.pivot(index="first", columns="second", values="cell")
            matrix = matrix.reindex(index=rows["first"].unique(), columns=names[names.isin(matrix)])
        matrix = matrix.rename_axis(index=None, columns=None).to_string(na_rep="")
        blocks.append(f"{metric}, {state} (n = {rows['n'].max()})\n{matrix}\n")
    return table, "\n".join(blocks)
