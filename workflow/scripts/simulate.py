from importlib import import_module

from modgap.formats.tables import write_frame
from modgap.runtime.logs import configure_logging
from modgap.runtime.provenance import provenance

configure_logging(snakemake.log[0])
module = import_module(f"modgap.simulate.{snakemake.wildcards.simulation}")
seed = snakemake.params.seed
write_frame(snakemake.output[0], module.simulate(seed), {"seed": seed, **provenance()})
