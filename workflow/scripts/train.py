from pathlib import Path

from modgap.runtime.gpu import take_gpu
from modgap.runtime.imports import quick_imports
from modgap.runtime.logs import configure_logging

configure_logging(snakemake.log[0])
take_gpu(snakemake.params.device)  # Before torch starts.
with quick_imports():
    import torch

    from modgap.embed.pixels import open_pixel_cache
    from modgap.formats.arrays import read_array
    from modgap.formats.manifest import read_manifest
    from modgap.mad.batches import TrainingData
    from modgap.runtime.device import choose_device
    from modgap.train.captions import CaptionData, caption_source
    from modgap.train.job import train_job
    from modgap.train.mad import mad_source

torch.set_num_threads(snakemake.threads)
device = choose_device(snakemake.params.device)
files, settings, training = snakemake.input, snakemake.params.model, snakemake.params.training


def _captioned(images: str, pixels: str) -> CaptionData:
    manifest = read_manifest(Path(images).parent)
    cache = open_pixel_cache(Path(pixels).parent, manifest)
    return CaptionData.of(manifest, cache.pixels, cache.rows)


if "labels" in files.keys():  # noqa: SIM118
    data = TrainingData(read_array(files.pixels), read_array(files.labels))
    test = TrainingData(read_array(files.probe_pixels), read_array(files.probe_labels))
    colours = snakemake.params.official_colours
    source = mad_source(data, test, settings, training, official_colours=colours, device=device)
else:
    data = _captioned(files.images, files.pixels)
    test = _captioned(files.probe_images, files.probe_pixels)
    source = caption_source(data, test, settings, training, device=device)
train_job(
    Path(snakemake.output.weights).parent,
    snakemake.wildcards.model,
    source,
    settings,
    training,
    device=device,
    start=Path(files.start[0]).parent if files.start else None,
    features=dict(files.items()),
)
