from pathlib import Path

from modgap.data.fetch import fetch_dataset
from modgap.runtime.logs import configure_logging
from modgap.study.datasets import row_of

configure_logging(snakemake.log[0])
row = row_of(snakemake.params.row, snakemake.params.sheet)
fetch_dataset(row, Path(snakemake.output[0]).parent)
