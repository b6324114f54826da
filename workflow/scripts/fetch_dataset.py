from pathlib import Path

from modgap.data.fetch import fetch_dataset
from modgap.data.sheet import DatasetRow
from modgap.logs import configure_logging

configure_logging(snakemake.log[0])
fetch_dataset(DatasetRow(**snakemake.params.row), Path(snakemake.output[0]).parent)
