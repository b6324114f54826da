from pathlib import Path

import torch

from modgap.arrays import read_array
from modgap.logs import configure_logging
from modgap.train.batches import TrainingData
from modgap.train.job import train_job

configure_logging(snakemake.log[0])
torch.set_num_threads(snakemake.threads)
train_job(
    Path(snakemake.output.weights).parent,
    snakemake.wildcards.model,
    TrainingData(read_array(snakemake.input.pixels), read_array(snakemake.input.labels)),
    TrainingData(
        read_array(snakemake.input.probe_pixels), read_array(snakemake.input.probe_labels)
    ),
    snakemake.params.model,
    snakemake.params.training,
    official_colours=snakemake.params.official_colours,
    device=snakemake.params.device,
)
