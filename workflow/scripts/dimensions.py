from modgap.formats.embeddings import read_embeddings
from modgap.formats.tables import write_frame
from modgap.measure.looks.dimensions import dimension_scatter, dimension_table, removal_curve
from modgap.runtime.logs import configure_logging
from modgap.runtime.provenance import provenance

configure_logging(snakemake.log[0])
images = read_embeddings(snakemake.input.images)
texts = read_embeddings(snakemake.input.texts)
tables = {
    "dimensions": dimension_table(images, texts),
    "scatter": dimension_scatter(images, texts, "mean"),
    "difference": dimension_scatter(images, texts, "difference"),
    "removal": removal_curve(images, texts),
}
for name, table in tables.items():
    write_frame(snakemake.output[name], table, provenance())
