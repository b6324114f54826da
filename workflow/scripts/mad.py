from modgap.formats.arrays import read_array, write_array
from modgap.mad.colours import COLOUR, colourise
from modgap.mad.items import build_mad
from modgap.runtime.logs import configure_logging

configure_logging(snakemake.log[0])
split = snakemake.wildcards.split
pixels, labels = build_mad(
    read_array(snakemake.input.images),
    read_array(snakemake.input.labels),
    split=split,
    items=snakemake.params.total,
    variants_per_image=snakemake.params.variants_per_image,
    seed=snakemake.params.seed,
    workers=snakemake.threads,
    hidden=snakemake.params.hidden,
)
if split == "test":
    # Training draws colours anew in every epoch; a test item keeps its own.
    colours = labels[:, COLOUR] * ("colour" not in snakemake.params.hidden)
    pixels = colourise(pixels, colours, official=snakemake.params.official_colours)
write_array(snakemake.output.pixels, pixels)
write_array(snakemake.output.labels, labels)
