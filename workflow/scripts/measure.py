import pyarrow as pa

from modgap.embeddings import read_embeddings
from modgap.logs import configure_logging
from modgap.measure.table import measure_pair
from modgap.parquet import write_table
from modgap.provenance import provenance

configure_logging(snakemake.log[0])
table = measure_pair(
    read_embeddings(snakemake.input.images),
    read_embeddings(snakemake.input.texts),
    resamples=snakemake.params.resamples,
    seed=snakemake.params.seed,
)
write_table(
    snakemake.output[0],
    pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(None),
    {"seed": snakemake.params.seed, "resamples": snakemake.params.resamples, **provenance()},
)
