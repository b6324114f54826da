from pathlib import Path

from modgap.data.samples import samples
from modgap.formats.tables import write_frame
from modgap.runtime.logs import configure_logging
from modgap.runtime.provenance import provenance

configure_logging(snakemake.log[0])
table = samples(Path(snakemake.input.texts).parent, snakemake.params.shown)
write_frame(snakemake.output[0], table, provenance())
