from pathlib import Path

from modgap.page.write import write_page
from modgap.runtime.logs import configure_logging

configure_logging(snakemake.log[0])
write_page(Path(snakemake.output[0]).parent)
