import pandas as pd

from modgap.formats.files import write_text
from modgap.models.table import model_rows
from modgap.runtime.logs import configure_logging

configure_logging(snakemake.log[0])
rows = model_rows(
    snakemake.input.get("facts", []),
    snakemake.params.models,
    snakemake.wildcards.experiment,
    snakemake.params.medium_at_most,
)
write_text(snakemake.output[0], pd.DataFrame(rows).to_csv(index=False))
