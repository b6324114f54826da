from pathlib import Path

import pandas as pd

from modgap.embed.initialisations import embed_initialisations
from modgap.formats.tables import write_frame
from modgap.measure.initialisations import initialisations
from modgap.runtime.logs import configure_logging
from modgap.runtime.provenance import provenance

configure_logging(snakemake.log[0])
clouds = embed_initialisations(
    snakemake.params.models,
    Path(snakemake.input.images).parent,
    Path(snakemake.input.pixels).parent,
    device=snakemake.params.device,
)
seed = snakemake.params.seed
tables = [
    initialisations(models, modality=modality, seed=seed) for modality, models in clouds.items()
]
write_frame(snakemake.output[0], pd.concat(tables), {"seed": seed, **provenance()})
