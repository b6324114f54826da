from pathlib import Path

from modgap.mad.mnist import fetch_mnist
from modgap.runtime.logs import configure_logging

configure_logging(snakemake.log[0])
fetch_mnist(Path(snakemake.output[0]).parent, snakemake.params.folder, snakemake.input.sources)
