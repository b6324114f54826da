from dataclasses import replace
from pathlib import Path

from modgap.data.fetch import fetch_dataset
from modgap.runtime.logs import configure_logging
from modgap.study.datasets import read_datasets

configure_logging(snakemake.log[0])
decides = snakemake.params.row
row = replace(read_datasets(snakemake.params.sheet)[decides["dataset"]], **decides)
fetch_dataset(row, Path(snakemake.output[0]).parent)
