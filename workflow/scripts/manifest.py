from pathlib import Path

from modgap.arrays import read_array
from modgap.data.captions import CaptionSpec
from modgap.data.mad_manifest import mad_manifest
from modgap.logs import configure_logging
from modgap.manifest import write_manifest

configure_logging(snakemake.log[0])
manifest = mad_manifest(
    snakemake.input.pixels,
    read_array(snakemake.input.labels),
    CaptionSpec(*snakemake.params.captions),
    dataset=snakemake.wildcards.dataset,
    split="test",
    seed=snakemake.params.seed,
)
write_manifest(Path(snakemake.output.images).parent, manifest)
