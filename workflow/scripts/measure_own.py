from modgap.formats.tables import write_frame
from modgap.measure.files import measure_files
from modgap.runtime.logs import configure_logging
from modgap.runtime.provenance import provenance

configure_logging(snakemake.log[0])
settings = {name: snakemake.params[name] for name in ("seed", "resamples", "confidence")}
table = measure_files(snakemake.input.images, snakemake.input.texts, **settings)
table["model"] = snakemake.wildcards.own
write_frame(snakemake.output[0], table, settings | provenance())
