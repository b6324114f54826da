from modgap.formats.files import write_text
from modgap.formats.tables import read_frames
from modgap.runtime.logs import configure_logging
from modgap.stats.quantities import study_quantities
from modgap.stats.scores import score_correlations

configure_logging(snakemake.log[0])
table = score_correlations(
    read_frames(snakemake.input.models),
    read_frames(snakemake.input.metrics),
    study_quantities(snakemake.params.roles)["scores"],
    **snakemake.params.table,
    **snakemake.params.resampling,
)
write_text(snakemake.output[0], table.to_csv(index=False))
