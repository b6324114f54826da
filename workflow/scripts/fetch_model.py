from pathlib import Path

from modgap.models.fetch import fetch_model
from modgap.runtime.logs import configure_logging
from modgap.study.models import ModelSource

configure_logging(snakemake.log[0])
fetch_model(
    ModelSource(**snakemake.params.row),
    Path(snakemake.output[0]).parent,
    snakemake.params.record,
)
