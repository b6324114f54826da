from pathlib import Path

from modgap.crate.write import write_crate
from modgap.runtime.logs import configure_logging
from modgap.study.results import read_study

configure_logging(snakemake.log[0])
results = Path(snakemake.output[0]).parent
write_crate(results, read_study(results))
