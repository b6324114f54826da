from pathlib import Path

import numpy as np
import torch

from modgap.logs import configure_logging
from modgap.train.batches import TrainingData
from modgap.train.job import train_job

configure_logging(snakemake.log[0])
torch.set_num_threads(snakemake.threads)
train_job(
    Path(snakemake.output.weights).parent,
    snakemake.wildcards.model,
    TrainingData(np.load(snakemake.input.pixels), np.load(snakemake.input.labels)),
    TrainingData(np.load(snakemake.input.probe_pixels), np.load(snakemake.input.probe_labels)),
    snakemake.params.model,
    snakemake.params.training,
    official_colours=snakemake.params.official_colours,
    device=snakemake.params.device,
)
