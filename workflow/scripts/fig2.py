from pathlib import Path

import numpy as np

from modgap.artifacts.two_effects import fig2
from modgap.artifacts.write_figure import write_figure
from modgap.formats.manifest import read_manifest
from modgap.runtime.logs import configure_logging

configure_logging(snakemake.log[0])
manifest = read_manifest(Path(snakemake.input.texts).parent)
captions = manifest.texts[manifest.texts["kind"] == "caption"].head(snakemake.params.samples)
rows = manifest.images.set_index("image_id").loc[captions["image_id"], "row"]
pixels = np.load(snakemake.input.pixels, mmap_mode="r")[rows.to_numpy()]
numbers = fig2.numbers(captions["text"].tolist())
write_figure(fig2.draw(numbers, pixels), numbers, **dict(snakemake.output.items()))
