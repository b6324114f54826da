from pathlib import Path

from modgap.logs import configure_logging
from modgap.zoo.download import fetch_model
from modgap.zoo.sheet import ModelSource

configure_logging(snakemake.log[0])
fetch_model(
    ModelSource(**snakemake.params.row),
    Path(snakemake.output[0]).parent,
    snakemake.params.record,
)
