from modgap.files import write_text
from modgap.frames import read_frames
from modgap.logs import configure_logging

configure_logging(snakemake.log[0])
write_text(snakemake.output[0], read_frames(snakemake.input.tables).to_csv(index=False))
