from modgap.formats.embeddings import read_embeddings
from modgap.formats.tables import write_frame
from modgap.measure.table import measure_pair
from modgap.runtime.logs import configure_logging
from modgap.runtime.provenance import provenance

configure_logging(snakemake.log[0])
table = measure_pair(
    read_embeddings(snakemake.input.images),
    read_embeddings(snakemake.input.texts),
    resamples=snakemake.params.resamples,
    confidence=snakemake.params.confidence,
    seed=snakemake.params.seed,
)
write_frame(
    snakemake.output[0],
    table,
    {"seed": snakemake.params.seed, "resamples": snakemake.params.resamples, **provenance()},
)
