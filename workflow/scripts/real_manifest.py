from dataclasses import replace
from pathlib import Path

from modgap.data.adapters import build_manifest
from modgap.runtime.logs import configure_logging
from modgap.study.datasets import read_datasets

configure_logging(snakemake.log[0])
decides = snakemake.params.row
build_manifest(
    replace(read_datasets(snakemake.params.sheet)[decides["dataset"]], **decides),
    snakemake.params.folder,
    Path(snakemake.output.images).parent,
    skip_bad=snakemake.params.skip_bad,
    report=snakemake.log.problems,
)
