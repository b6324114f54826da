from pathlib import Path

from modgap.data.adapters import build_manifest
from modgap.data.sheet import DatasetRow
from modgap.logs import configure_logging

configure_logging(snakemake.log[0])
build_manifest(
    DatasetRow(**snakemake.params.row),
    snakemake.params.folder,
    Path(snakemake.output.images).parent,
    on_bad=snakemake.params.on_bad,
    report=snakemake.log.problems,
)
