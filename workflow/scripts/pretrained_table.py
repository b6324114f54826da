import pandas as pd

from modgap.formats.files import write_text
from modgap.models.table import pretrained_row
from modgap.runtime.logs import configure_logging

configure_logging(snakemake.log[0])
rows = [
    pretrained_row(path, row)
    for path, row in zip(snakemake.input.facts, snakemake.params.rows, strict=True)
]
write_text(snakemake.output[0], pd.DataFrame(rows).to_csv(index=False))
