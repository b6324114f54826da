from modgap.formats.tables import read_frames, write_frame
from modgap.runtime.logs import configure_logging
from modgap.runtime.provenance import provenance

configure_logging(snakemake.log[0])
write_frame(snakemake.output[0], read_frames(snakemake.input.tables), provenance())
