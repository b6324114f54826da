from modgap.formats.files import write_text
from modgap.formats.tables import read_frames
from modgap.runtime.logs import configure_logging
from modgap.stats.quantities import role_quantities
from modgap.stats.scores import score_correlations

configure_logging(snakemake.log[0])
quantities = role_quantities(snakemake.params.quantities, {})
table = score_correlations(
    read_frames([snakemake.input.models]),
    read_frames([snakemake.input.metrics]),
    [quantity for of_role in quantities.values() for quantity in of_role],
    **snakemake.params.table,
    **snakemake.params.resampling,
)
write_text(snakemake.output[0], table.to_csv(index=False))
