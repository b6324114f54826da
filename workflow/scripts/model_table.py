import pandas as pd

from modgap.files import write_text
from modgap.logs import configure_logging
from modgap.model_table import model_row

configure_logging(snakemake.log[0])
rows = [
    model_row(path, snakemake.wildcards.experiment, snakemake.params.medium_at_most)
    for path in snakemake.input.facts
]
write_text(snakemake.output[0], pd.DataFrame(rows).to_csv(index=False))
