import os
from pathlib import Path

from modgap.runtime.gpu import take_gpu
from modgap.runtime.imports import quick_imports
from modgap.runtime.logs import configure_logging

configure_logging(snakemake.log[0])
# All that a model needs lies in its folder: nothing is looked up on the hub. This and the choice
# of a GPU come before the libraries that they are for.
os.environ["HF_HUB_OFFLINE"] = "1"
take_gpu(snakemake.params.device)

with quick_imports():
    import torch

    from modgap.embed.extract import embed_manifest

torch.set_num_threads(snakemake.threads)
pixels = snakemake.input.pixels
embed_manifest(
    Path(snakemake.input.model).parent,
    Path(snakemake.input.images).parent,
    Path(pixels).parent if pixels and Path(pixels).name == "cache.json" else None,
    snakemake.output.images,
    snakemake.output.texts,
    device=snakemake.params.device,
    token_folder=snakemake.params.token_folder,
    **snakemake.params.extraction,
)
