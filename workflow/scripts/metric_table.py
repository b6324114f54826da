import pyarrow as pa

from modgap.logs import configure_logging
from modgap.parquet import read_table, write_table
from modgap.provenance import provenance

configure_logging(snakemake.log[0])
tables = [read_table(path)[0].replace_schema_metadata(None) for path in snakemake.input.tables]
write_table(snakemake.output[0], pa.concat_tables(tables), provenance())
