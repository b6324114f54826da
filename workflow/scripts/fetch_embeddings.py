from modgap.models.embeddings import fetch_embeddings
from modgap.runtime.logs import configure_logging

configure_logging(snakemake.log[0])
fetch_embeddings(snakemake.params.address, snakemake.params.sha256, snakemake.output[0])
