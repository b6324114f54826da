"""What a model trained here learns from: MAD, or a row of config/datasets.tsv with captions."""

from collections.abc import Iterable, Mapping
from typing import Any

from modgap.errors import InputError, nearest
from modgap.study.datasets import DatasetRow
from modgap.study.mad_datasets import factors_of, mad_dataset, mad_images
from modgap.study.model_settings import TRANSFORMER, ModelSettings

MAD = "mad"
# Height and width of MAD's images, in pixels.
_MAD_SIZE = 28
# Settings that say nothing of a model trained on the other kind of data.
_MAD_ALONE = ("attributes", "main_factor", "unnamed", "hidden", "mismatched", "filtered")
_CAPTIONS_ALONE = ("test_data", "captions", "image_size", "shift")
# What a model must share with the one that it starts from. The data decide the tokenizer.
_SHARED = (
    *("data", "image_size", "embed_dim", "image_tower", "shared_tower"),
    *("text_width", "text_layers"),
)


def own_data(settings: ModelSettings) -> str:
    """The data set of a model's own kind of captions: MAD's, or the held-out one; "" if none."""
    if settings.data == MAD:
        left_out = settings.unnamed, settings.hidden
        return mad_dataset(settings.main_factor, settings.attributes, *left_out)
    return settings.test_data


def preprocessing(settings: ModelSettings) -> str:
    """Key of the pixel caches that a model's images are taken from."""
    size = _MAD_SIZE if settings.data == MAD else settings.image_size
    return f"{size}-bicubic-shortest"


def training_files(settings: ModelSettings) -> dict[str, str]:
    """The files that a training job reads, by the names that its script knows them by."""
    if settings.data == MAD:
        hidden = factors_of(settings.hidden)
        # Training items are gray; their colours are drawn with the batches.
        shapes = tuple(factor for factor in hidden if factor != "colour")
        train = f"<results>/data/{mad_images(shapes)}/train"
        test = f"<results>/data/{mad_images(hidden)}/test"
        return {
            "pixels": f"{train}/pixels.npy",
            "labels": f"{train}/labels.npy",
            "probe_pixels": f"{test}/pixels.npy",
            "probe_labels": f"{test}/labels.npy",
        }
    files = {}
    for prefix, dataset in (("", settings.data), ("probe_", settings.test_data)):
        key = preprocessing(settings)
        files |= {
            f"{prefix}images": f"<results>/data/{dataset}/images.parquet",
            f"{prefix}texts": f"<results>/data/{dataset}/texts.parquet",
            f"{prefix}pixels": f"<results>/pixels/{dataset}/{key}/cache.json",
        }
    return files


def check_factors(settings: ModelSettings, place: str) -> None:
    """Raise `InputError` for factors left out of captions or images that cannot be."""
    for key in ("unnamed", "hidden"):
        names = getattr(settings, key)
        if settings.main_factor in names.split("+") or "digit" in names.split("+"):
            raise InputError(
                f"configuration: key '{place}.{key}': {names!r}: the digit and the main factor "
                f"({settings.main_factor}) are in every image and, the latter, in every caption; "
                "name others"
            )


def check_towers(settings: ModelSettings, place: str) -> None:
    """Raise `InputError` for towers that are to be one and are of two kinds."""
    if settings.shared_tower and settings.image_tower != TRANSFORMER:
        raise InputError(
            f"configuration: key '{place}.shared_tower': the image tower is "
            f"{settings.image_tower!r}, which cannot read texts; set image_tower: {TRANSFORMER}"
        )


def check_temperatures(settings: ModelSettings, place: str) -> None:
    """Raise `InputError` for a temperature that is both learnt and given, or set anew from none."""
    if settings.final_temperature and settings.learnable_temperature:
        raise InputError(
            f"configuration: key '{place}.final_temperature': {settings.final_temperature}, but "
            "the temperature is learnt; set learnable_temperature: false"
        )
    if settings.restart_temperature and not settings.start:
        raise InputError(
            f"configuration: key '{place}.restart_temperature' has no effect without from: the "
            "temperature starts at initial_temperature anyway"
        )


def check_grid_fits(grid: Mapping[str, Any], models: Iterable[ModelSettings], place: str) -> None:
    """Raise `InputError` for a setting that an experiment sets and none of its models heeds."""
    on_mad = {settings.data == MAD for settings in models}
    if len(on_mad) > 1:
        return
    without = _CAPTIONS_ALONE if on_mad.pop() else _MAD_ALONE
    for key in without:
        if key in grid:
            fit = "on a row of datasets.tsv (data)" if without == _CAPTIONS_ALONE else "on MAD"
            raise InputError(f"{place}.{key} has no effect: it is for models trained {fit}")


def check_training_set(
    settings: ModelSettings, datasets: Mapping[str, DatasetRow], batch_size: int, place: str
) -> None:
    """Raise `InputError` if a model cannot be trained on the rows of datasets.tsv that it names."""
    if settings.data == MAD:
        return
    if not settings.test_data:
        raise InputError(
            f"{place}.test_data: data is {settings.data!r}, and nothing says on what its models "
            "are followed during training; name a held-out row of datasets.tsv"
        )
    for key in ("data", "test_data"):
        name = getattr(settings, key)
        if name not in datasets:
            hint = nearest(name, [MAD, *datasets] if key == "data" else list(datasets))
            raise InputError(f"{place}.{key} names the unknown data set {name!r}; {hint}")
        if "retrieval" not in datasets[name].roles.split():
            fit = [n for n, row in datasets.items() if "retrieval" in row.roles.split()]
            raise InputError(
                f"{place}.{key} names {name!r}, a data set without captions; those with captions "
                f"(role retrieval): {', '.join(fit) or 'none in datasets.tsv'}"
            )
    if settings.shift >= settings.image_size:
        raise InputError(
            f"{place}.shift: {settings.shift} pixels may move all of an image of "
            f"{settings.image_size} out of sight; lower shift or raise image_size"
        )
    if settings.data == settings.test_data:
        raise InputError(f"{place}.test_data is the training set itself; name a held-out one")
    known = datasets[settings.data].images
    pairs = settings.items if known is None else min(settings.items, known)
    if pairs < batch_size:
        raise InputError(
            f"{place}: {pairs} images of {settings.data!r} are fewer than one batch "
            f"(training.batch_size, {batch_size}); raise items or lower training.batch_size"
        )


def check_start(name: str, settings: ModelSettings, start: str, other: ModelSettings) -> None:
    """Raise `InputError` unless a model can start from the weights of another."""
    for key in _SHARED:
        ours, theirs = getattr(settings, key), getattr(other, key)
        if ours != theirs and not (key == "image_size" and settings.data == MAD):
            tokenizer = ", so it has another tokenizer" if key == "data" else ""
            raise InputError(
                f"configuration: model {name!r}: from: {start!r} has {key} {theirs!r}{tokenizer}, "
                f"the model itself {ours!r}; a model can only start from one with the same "
                f"{', '.join(_SHARED)}"
            )
