from modgap.embeddings import read_embeddings
from modgap.logs import configure_logging
from modgap.measure.dimensions import dimension_scatter, dimension_table, removal_curve
from modgap.parquet import write_frame
from modgap.provenance import provenance

configure_logging(snakemake.log[0])
images = read_embeddings(snakemake.input.images)
texts = read_embeddings(snakemake.input.texts)
write_frame(snakemake.output.dimensions, dimension_table(images, texts), provenance())
write_frame(snakemake.output.scatter, dimension_scatter(images, texts, "mean"), provenance())
write_frame(snakemake.output.removal, removal_curve(images, texts), provenance())
