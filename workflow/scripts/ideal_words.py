from modgap.embeddings import read_embeddings
from modgap.logs import configure_logging
from modgap.measure.ideal_words import ideal_words_table
from modgap.parquet import write_frame
from modgap.provenance import provenance

configure_logging(snakemake.log[0])
images = read_embeddings(snakemake.input.images)
texts = read_embeddings(snakemake.input.texts)
write_frame(snakemake.output[0], ideal_words_table(images, texts), provenance())
