from pathlib import Path

from modgap.formats.arrays import read_array
from modgap.runtime.gpu import take_gpu
from modgap.runtime.logs import configure_logging

configure_logging(snakemake.log[0])
# Before torch starts.
take_gpu(snakemake.params.device)

import torch  # noqa: E402

from modgap.mad.batches import TrainingData  # noqa: E402
from modgap.runtime.device import choose_device  # noqa: E402
from modgap.train.job import train_job  # noqa: E402
from modgap.train.mad import mad_source  # noqa: E402

torch.set_num_threads(snakemake.threads)
device = choose_device(snakemake.params.device)
files = snakemake.input
source = mad_source(
    TrainingData(read_array(files.pixels), read_array(files.labels)),
    TrainingData(read_array(files.probe_pixels), read_array(files.probe_labels)),
    snakemake.params.model,
    snakemake.params.training,
    official_colours=snakemake.params.official_colours,
    device=device,
)
train_job(
    Path(snakemake.output.weights).parent,
    snakemake.wildcards.model,
    source,
    snakemake.params.model,
    snakemake.params.training,
    device=device,
    start=Path(files.start).parent if files.start else None,
)
