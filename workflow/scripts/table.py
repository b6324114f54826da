from importlib import import_module

from modgap.artifacts.write_table import write_table
from modgap.claims.reference import read_reference_values
from modgap.formats.tables import read_frames
from modgap.runtime.logs import configure_logging
from modgap.stats.quantities import study_quantities

configure_logging(snakemake.log[0])
table = import_module(f"modgap.{snakemake.params.table}")
frames = {
    name: read_frames([files] if isinstance(files, str) else files)
    for name, files in snakemake.input.items()
    if name not in ("code", "reference")
}
if "reference" in snakemake.input.keys():  # noqa: SIM118, a namedlist is no dict
    frames["reference"] = read_reference_values(snakemake.input.reference)
quantities = study_quantities(snakemake.params.roles)
shown = {name: quantities[name] for name in snakemake.params.quantities}
# A table of quantities has other columns in another study.
headings = table.headings(**shown) if shown else table.HEADINGS
built = table.build(**frames, **shown, **snakemake.params.settings)
write_table(built, headings, **dict(snakemake.output.items()))
