from pathlib import Path

import pandas as pd

from modgap.embed.noise import embed_noise
from modgap.formats.tables import write_frame
from modgap.measure.looks.cosines import look
from modgap.runtime.logs import configure_logging
from modgap.runtime.provenance import provenance

configure_logging(snakemake.log[0])
seed, items = snakemake.params.seed, snakemake.params.drawn
tables = [
    look(*embed_noise(Path(path).parent, items, seed=seed), seed=seed)
    for path in snakemake.input.models
]
write_frame(snakemake.output[0], pd.concat(tables), {"seed": seed, "items": items, **provenance()})
