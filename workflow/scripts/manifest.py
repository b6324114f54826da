from pathlib import Path

from modgap.formats.arrays import read_array
from modgap.formats.manifest import write_manifest
from modgap.mad.captions import CaptionSpec
from modgap.mad.manifest import mad_class_manifest, mad_manifest
from modgap.runtime.logs import configure_logging

configure_logging(snakemake.log[0])
pixels, labels = snakemake.input.pixels, read_array(snakemake.input.labels)
names = {"dataset": snakemake.wildcards.dataset, "split": "test"}
if snakemake.params.captions is None:
    manifest = mad_class_manifest(pixels, labels, **names)
else:
    captions = CaptionSpec(*snakemake.params.captions)
    manifest = mad_manifest(pixels, labels, captions, **names, seed=snakemake.params.seed)
write_manifest(Path(snakemake.output.images).parent, manifest)
