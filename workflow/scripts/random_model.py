from pathlib import Path

from modgap.models.random import random_model
from modgap.runtime.logs import configure_logging

configure_logging(snakemake.log[0])
random_model(
    snakemake.params.architecture,
    Path(snakemake.output[0]).parent,
    name=snakemake.wildcards.model,
    seed=snakemake.params.seed,
)
