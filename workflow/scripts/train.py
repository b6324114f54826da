from pathlib import Path

from modgap.formats.arrays import read_array
from modgap.runtime.gpu import take_gpu
from modgap.runtime.logs import configure_logging

configure_logging(snakemake.log[0])
# Before torch starts.
take_gpu(snakemake.params.device)

import torch  # noqa: E402

from modgap.mad.batches import TrainingData  # noqa: E402
from modgap.train.job import train_job  # noqa: E402

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
