from modgap.formats.files import write_text
from modgap.formats.tables import read_frames
from modgap.runtime.logs import configure_logging

configure_logging(snakemake.log[0])
write_text(snakemake.output[0], read_frames(snakemake.input.tables).to_csv(index=False))
