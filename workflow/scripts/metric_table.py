from modgap.frames import read_frames
from modgap.logs import configure_logging
from modgap.parquet import write_frame
from modgap.provenance import provenance

configure_logging(snakemake.log[0])
write_frame(snakemake.output[0], read_frames(snakemake.input.tables), provenance())
