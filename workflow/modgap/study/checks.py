"""What no single key of a configuration shows: sizes and names that must fit others."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from modgap.errors import InputError, nearest
from modgap.study.architectures import is_image_tower
from modgap.study.config import StudyConfig
from modgap.study.contents import OWN, Experiment, Model
from modgap.study.datasets import DatasetRow
from modgap.study.item_knowledge import check_told
from modgap.study.models import ModelRow
from modgap.study.training_sets import MAD, check_training_set


def check_together(
    config: StudyConfig,
    models: Mapping[str, Model],
    experiments: Mapping[str, Experiment],
    datasets: Mapping[str, DatasetRow],
) -> None:
    """Raise `InputError` for what no single key shows: sizes and names that must fit others."""
    for key in ("results", "resources"):
        _check_no_file(key, getattr(config, key))
    rows = [*datasets.values(), *(model.row for model in models.values() if model.row)]
    for key in config.folders:
        known = list(dict.fromkeys(row.folder for row in rows if row.folder))
        known += [model.shards.data for model in models.values() if model.shards]
        if key not in known:
            hint = nearest(key, known, "the column folder of datasets.tsv has")
            raise InputError(f"configuration: folders.{key}: no data set has this folder; {hint}")
    _check_downloads([model.row for model in models.values() if model.row])
    for name in config.skip_bad:
        if name not in datasets:
            hint = nearest(name, datasets, "rows of datasets.tsv")
            raise InputError(f"configuration: skip_bad names the unknown data set {name!r}; {hint}")
    if config.training.probe_items > config.mad.test_items:
        raise InputError(
            f"configuration: training.probe_items ({config.training.probe_items}) is more than "
            f"mad.test_items ({config.mad.test_items})"
        )
    for experiment in experiments.values():
        if experiment.source == "train":
            _check_pools(experiment, config, models, datasets)
        _check_own_data(experiment, models, datasets)


def check_measurable(experiment: str, models: Iterable[Model]) -> None:
    """Raise `InputError` for a model of one tower where metrics are wanted: it has no gap."""
    for model in models:
        network = model.kind == "random" and is_image_tower(model.architecture)
        if model.kind == "package" or network:
            raise InputError(
                f"configuration: experiments.{experiment}: {model.name!r} encodes images alone, or "
                "texts alone, and so has no gap to measure; take a model of two towers (of random "
                "weights an architecture of open_clip, such as RN50), or an experiment that "
                "artifacts only look into, such as untrained"
            )


def _check_no_file(key: str, folder: str) -> None:
    """Nothing can be written below a file, and Snakemake fails on it without saying why."""
    for place in (Path(folder), *Path(folder).parents):
        if place.is_file():
            raise InputError(
                f"configuration: {key}: {folder!r}: {str(place)!r} is a file; name a folder"
            )


def _check_downloads(rows: Iterable[ModelRow]) -> None:
    """Files of published embeddings lie side by side, by their own names."""
    known: dict[str, ModelRow] = {}
    for row in (row for row in rows if row.is_download):
        first = known.setdefault(row.download_name, row)
        if (first.image_embeddings, first.sha256) != (row.image_embeddings, row.sha256):
            raise InputError(
                f"models.tsv: {first.model!r} and {row.model!r} have embeddings at different "
                f"addresses in files of one name, {row.download_name}; download one, and name it "
                "as a file"
            )


def _check_pools(
    experiment: Experiment,
    config: StudyConfig,
    models: Mapping[str, Model],
    datasets: Mapping[str, DatasetRow],
) -> None:
    """A model's pool must exist, fill a batch even after its filter, which must do something."""
    place = f"configuration: experiments.{experiment.name}.train"
    available, batch = config.mad.train_items, config.training.batch_size
    trained = [models[name] for name in experiment.models]
    settings = [model.settings for model in trained]
    for each, model in zip(trained, settings, strict=True):
        check_training_set(model, datasets, batch, place)
        told = f"{place}.loss_settings"
        check_told(model.loss_settings, each.start, model.data == MAD, told)
        if model.data != MAD:
            continue
        if model.items > available:
            raise InputError(
                f"{place}: items asks for {model.items} training items, mad.train_items makes "
                f"{available}"
            )
        if model.items_left < batch:
            raise InputError(
                f"{place}: of {model.items} items, {model.mismatched} of them mismatched, filtered "
                f"{model.filtered} leaves {model.items_left}, fewer than one batch "
                f"(training.batch_size, {batch}); raise items, or lower filtered or mismatched"
            )
    if any(m.filtered for m in settings) and not any(m.mismatched for m in settings):
        raise InputError(
            f"{place}: filtered has no effect where mismatched is 0; set mismatched to a share "
            "above 0, or filtered to 0"
        )


def _check_own_data(
    experiment: Experiment, models: Mapping[str, Model], datasets: Mapping[str, DatasetRow]
) -> None:
    """The held-out data set of a model must fit each role in which it is the model's own."""
    for role in (role for role, names in experiment.data.items() if OWN in names):
        for name in experiment.models:
            own = models[name].own_data
            if own in datasets and role not in datasets[own].roles.split():
                raise InputError(
                    f"configuration: experiments.{experiment.name}.data.{role} is own, but "
                    f"{name!r} has {own!r}, a data set for {datasets[own].roles}"
                )
