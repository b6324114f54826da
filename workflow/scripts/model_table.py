import pandas as pd

from modgap.formats.files import write_text
from modgap.models.table import model_row
from modgap.runtime.logs import configure_logging

configure_logging(snakemake.log[0])
rows = [
    model_row(path, snakemake.wildcards.experiment, snakemake.params.medium_at_most)
    for path in snakemake.input.facts
]
write_text(snakemake.output[0], pd.DataFrame(rows).to_csv(index=False))
