from pathlib import Path

from modgap.data.adapters import build_manifest
from modgap.runtime.logs import configure_logging
from modgap.study.datasets import row_of

configure_logging(snakemake.log[0])
build_manifest(
    row_of(snakemake.params.row, snakemake.params.sheet),
    snakemake.params.folder,
    Path(snakemake.output.images).parent,
    skip_bad=snakemake.params.skip_bad,
    report=snakemake.log.problems,
    seed=snakemake.params.seed,
)
