import os

# All that a model needs lies in its folder: nothing is looked up on the hub.
os.environ["HF_HUB_OFFLINE"] = "1"

from pathlib import Path  # noqa: E402

import torch  # noqa: E402

from modgap.embed.extract import embed_manifest  # noqa: E402
from modgap.logs import configure_logging  # noqa: E402

configure_logging(snakemake.log[0])
torch.set_num_threads(snakemake.threads)
pixels = Path(snakemake.input.pixels)
embed_manifest(
    Path(snakemake.input.weights).parent,
    Path(snakemake.input.images).parent,
    pixels.parent if pixels.name == "cache.json" else None,
    snakemake.output.images,
    snakemake.output.texts,
    device=snakemake.params.device,
    token_folder=snakemake.params.token_folder,
    **snakemake.params.extraction,
)
