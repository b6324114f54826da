from modgap.formats.embeddings import read_embeddings
from modgap.formats.tables import write_frame
from modgap.measure.looks.ideal_words import ideal_words_table
from modgap.runtime.logs import configure_logging
from modgap.runtime.provenance import provenance

configure_logging(snakemake.log[0])
images = read_embeddings(snakemake.input.images)
texts = read_embeddings(snakemake.input.texts)
write_frame(snakemake.output[0], ideal_words_table(images, texts), provenance())
