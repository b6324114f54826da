from pathlib import Path

from modgap.embed.pixels import build_pixel_cache
from modgap.formats.preprocessing import Preprocessing
from modgap.runtime.logs import configure_logging

configure_logging(snakemake.log[0])
build_pixel_cache(
    Path(snakemake.input.images).parent,
    Preprocessing.parse(snakemake.wildcards.preprocessing),
    Path(snakemake.output[0]).parent,
    workers=snakemake.threads,
)
