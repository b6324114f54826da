from pathlib import Path

import torch

from modgap.embed.extract import embed_manifest
from modgap.logs import configure_logging

configure_logging(snakemake.log[0])
torch.set_num_threads(snakemake.threads)
embed_manifest(
    Path(snakemake.input.weights).parent,
    Path(snakemake.input.images).parent,
    None,
    snakemake.output.images,
    snakemake.output.texts,
    device=snakemake.params.device,
    **snakemake.params.extraction,
)
