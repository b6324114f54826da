from pathlib import Path

from modgap.embed.pixels import build_pixel_cache
from modgap.logs import configure_logging
from modgap.preprocessing import Preprocessing

configure_logging(snakemake.log[0])
build_pixel_cache(
    Path(snakemake.input.images).parent,
    Preprocessing.parse(snakemake.wildcards.preprocessing),
    Path(snakemake.output[0]).parent,
    workers=snakemake.threads,
)
