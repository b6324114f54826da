from pathlib import Path

from modgap.arrays import read_array
from modgap.data.captions import CaptionSpec
from modgap.data.mad_manifest import mad_class_manifest, mad_manifest
from modgap.logs import configure_logging
from modgap.manifest import write_manifest

configure_logging(snakemake.log[0])
pixels, labels = snakemake.input.pixels, read_array(snakemake.input.labels)
names = {"dataset": snakemake.wildcards.dataset, "split": "test"}
if snakemake.params.captions is None:
    manifest = mad_class_manifest(pixels, labels, **names)
else:
    captions = CaptionSpec(*snakemake.params.captions)
    manifest = mad_manifest(pixels, labels, captions, **names, seed=snakemake.params.seed)
write_manifest(Path(snakemake.output.images).parent, manifest)
