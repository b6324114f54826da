from pathlib import Path

from modgap.embed.pixels import build_pixel_cache
from modgap.embed.preprocess import Preprocessing
from modgap.logs import configure_logging

configure_logging(snakemake.log[0])
build_pixel_cache(
    Path(snakemake.input.images).parent,
    Preprocessing.parse(snakemake.wildcards.preprocessing),
    Path(snakemake.output.index).parent,
    workers=snakemake.threads,
)
