from pathlib import Path

from modgap.runtime.logs import configure_logging

configure_logging(snakemake.log[0])

from modgap.train.distributed.job import train_on_shards  # noqa: E402

train_on_shards(
    Path(snakemake.output.weights).parent,
    snakemake.wildcards.model,
    snakemake.params.shards,
    Path(snakemake.input.start).parent,
    snakemake.params.recipe,
    problems=snakemake.log.problems,
)
