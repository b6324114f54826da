"""The study: everything that a configuration declares, typed, for the rules to ask.

Read at every start of Snakemake, also once in each job: no pandas, no torch.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from modgap.errors import InputError
from modgap.study.architectures import random_preprocessing
from modgap.study.artifacts import (
    ARTIFACTS,
    Artifact,
    Declaration,
    follows_captions,
    read_artifacts,
    resolve,
)
from modgap.study.checks import check_measurable, check_together
from modgap.study.config import ROLES, StudyConfig, read_config
from modgap.study.contents import OWN, Experiment, Model
from modgap.study.datasets import DRAWING_ADAPTERS, DatasetRow, check_folder, read_datasets
from modgap.study.experiments import expand
from modgap.study.given_embeddings import embedding_cells, embedding_files, given_embeddings
from modgap.study.item_knowledge import encoders, feature_files
from modgap.study.mad_datasets import is_mad, mad_captions, mad_images
from modgap.study.model_folders import check_given_folder, given_folder_files
from modgap.study.models import read_models
from modgap.study.places import check_there, state_of, those_there
from modgap.study.training_sets import MAD, preprocessing, training_files

Pair = tuple[str, str]
# Bytes of one MAD image.
_MAD_IMAGE = 28 * 28


@dataclass(frozen=True)
class Study:
    """A study as its configuration declares it, with every name resolved and checked."""

    config: StudyConfig
    models: Mapping[str, Model]
    experiments: Mapping[str, Experiment]
    datasets: Mapping[str, DatasetRow]

    @classmethod
    def of(cls, config: Mapping[str, Any], sheets: Path = Path("config")) -> "Study":
        """The study of a configuration; raises `InputError` for what cannot be meant."""
        settings = read_config(config)
        datasets = read_datasets(sheets / "datasets.tsv")
        models, experiments = expand(settings, read_models(sheets / "models.tsv"), datasets)
        check_together(settings, models, experiments, datasets)
        study = cls(settings, models, experiments, datasets)
        for name in study.tabled:
            check_measurable(name, [models[model] for model in experiments[name].models])
        return study

    def pairs(self, experiment: str, roles: Iterable[str] = ROLES) -> list[Pair]:
        """Each model of an experiment with each data set of the roles (all of them by default)."""
        data = self.experiments[experiment].data
        declared = [dataset for role in (tuple(roles) or ROLES) for dataset in data.get(role, ())]
        pairs = [
            (model, self.models[model].own_data if dataset == OWN else dataset)
            for model in self.experiments[experiment].models
            for dataset in declared
        ]
        return list(dict.fromkeys(pairs))

    @cached_property
    def measured(self) -> list[Pair]:
        """Every (model, data set) that an experiment declares, each once."""
        return list(dict.fromkeys(pair for name in self.experiments for pair in self.pairs(name)))

    @cached_property
    def tabled(self) -> list[str]:
        """The experiments whose metrics are wanted: all but those that artifacts only look into."""
        artifacts = [artifact.declaration for artifact in self.artifacts.values()]
        about = {name for each in artifacts for name in each.of}
        read = {
            name
            for each in artifacts
            if any(table in _METRICS for table in each.reads)
            for name in each.of
        }
        return [name for name in self.experiments if name in read or name not in about]

    @cached_property
    def embedded(self) -> list[Pair]:
        """Every (model, data set) that metrics, a look or training are made from, each once."""
        looked_into = [
            name
            for artifact in self.artifacts.values()
            if artifact.declaration.look
            for name in artifact.declaration.of
        ]
        names = dict.fromkeys([*self.tabled, *looked_into])
        pairs = [pair for name in names for pair in self.pairs(name)]
        return list(dict.fromkeys([*pairs, *self.told]))

    @cached_property
    def told(self) -> list[Pair]:
        """Every (model, training set) whose embeddings some model's loss is told of, each once."""
        trained = [self.models[name] for name in self.trained]
        pairs = [
            (encoder, each.settings.data)
            for each in trained
            for encoder in encoders(each.settings.loss_settings, each.start).values()
        ]
        return list(dict.fromkeys(pairs))

    def in_one_thread(self, model: str) -> bool:
        """Whether a model's embeddings are made in one thread, with the same bits everywhere."""
        return model in self.trained or model in {name for name, _ in self.told}

    def along(self, model: str, dataset: str, look: str) -> list[str]:
        """The embeddings of captioned images whose gap a look follows too: none, or two files.

        Those of the first experiment that has the model on this data set and on one for retrieval.
        """
        if not follows_captions(look):
            return []
        for name in self.experiments:
            captioned = [d for m, d in self.pairs(name, ["retrieval"]) if m == model]
            if captioned and captioned[0] != dataset and (model, dataset) in self.pairs(name):
                folder = f"<results>/embeddings/{model}/{captioned[0]}"
                return [f"{folder}/{modality}.parquet" for modality in ("image", "text")]
        return []

    @cached_property
    def manifests(self) -> list[str]:
        """Every data set that images and texts are taken from, sorted."""
        measured = {d for model, d in self.measured if self.models[model].kind != "embeddings"}
        trained = [self.models[name].settings for name in self.trained]
        learnt = {d for each in trained if each.data != MAD for d in (each.data, each.test_data)}
        return sorted(measured | learnt)

    @property
    def trained(self) -> list[str]:
        """The models that are trained here."""
        return [name for name, model in self.models.items() if model.kind == "trained"]

    @property
    def sharded(self) -> list[str]:
        """The models that are trained on shards."""
        return [name for name, model in self.models.items() if model.kind == "sharded"]

    def shards(self, model: str) -> str:
        """The folder of the shards that a model is trained on."""
        key = self.models[model].shards.data
        return self.config.folders.get(key) or f"{self.config.resources}/datasets/{key}"

    def quantities(self, experiment: Experiment, roles: Iterable[str]) -> dict[str, tuple]:
        """Role → data sets that an experiment's scores are on, "" for the models' own."""
        chosen = {role: experiment.data.get(role, ()) for role in roles}
        return {
            role: tuple("" if dataset == OWN else dataset for dataset in datasets)
            for role, datasets in chosen.items()
            if datasets
        }

    def titles(self, datasets: Iterable[str]) -> dict[str, str]:
        """What readers call data sets."""
        return {
            name: self.datasets[name].title or name for name in datasets if name in self.datasets
        }

    @cached_property
    def sources(self) -> dict[str, str]:
        """The sources of artifacts with their titles."""
        return self._declared[0]

    @cached_property
    def _declared(self) -> tuple[dict[str, str], list[Declaration]]:
        return read_artifacts()

    @cached_property
    def _resolved(self) -> dict[str, Artifact | str]:
        _, declared = self._declared
        resolved = {each.target: resolve(each, self, self.pairs, []) for each in declared}
        artifacts = [each for each in resolved.values() if isinstance(each, Artifact)]
        numbers = [each.outputs["csv"] for each in artifacts]
        for each in declared:
            if ARTIFACTS in each.reads:
                resolved[each.target] = resolve(each, self, self.pairs, numbers)
        return resolved

    def second_numbers(self, numbers: Iterable[str]) -> list[str]:
        """Those of `numbers` that a second study has too, where it has them; none without one."""
        second, own = self.config.second, self.config.results
        paths = [Path(path.replace("<results>", second)) for path in numbers] if second else []
        there = [str(path) for path in paths if path.is_file()]
        if paths and (not there or Path(second).resolve() == Path(own).resolve()):
            raise InputError(
                f"configuration: second: {second!r} is no results folder of another study that has "
                "artifacts of this one; build that study first, or leave the key out"
            )
        return there

    @cached_property
    def artifacts(self) -> dict[str, Artifact]:
        """The artifacts that the study declares all inputs of, by the name of their rule."""
        return {name: each for name, each in self._resolved.items() if isinstance(each, Artifact)}

    @cached_property
    def absent(self) -> dict[str, str]:
        """The others, with the reason."""
        return {name: each for name, each in self._resolved.items() if isinstance(each, str)}

    def folder(self, model: str) -> str:
        """Where a model lies: downloads are shared between studies, trained models are not."""
        trained = self.models[model].kind in ("trained", "sharded")
        return f"{'<results>' if trained else '<resources>'}/models/{model}"

    def given_files(self, model: str) -> list[str]:
        """The files of a model that the user gave: of a folder, or of embeddings; else none."""
        declared = self.models[model]
        if declared.kind == "embeddings":
            return embedding_files(given_embeddings(declared.row, self.config).values())
        return given_folder_files(declared.row) if declared.kind == "folder" else []

    def given_state(self, model: str) -> str:
        """The state of these files; `InputError` for what is seen not to be there, or no model's.

        It is for a job's parameters: see `those_there`.
        """
        declared = self.models[model]
        if declared.kind == "folder":
            check_given_folder(declared.row)
        elif declared.kind == "embeddings":
            check_there(given_embeddings(declared.row, self.config))
        return state_of(self.given_files(model))

    def corpora_state(self) -> str:
        """The state of the caption corpora; raises `InputError` for one that is not there."""
        corpora = self.config.caption_corpora
        check_there({f"configuration: caption_corpora.{name}": p for name, p in corpora.items()})
        return state_of(corpora.values())

    def training_files(self, model: str) -> dict[str, str]:
        """What a model is trained and followed on, by the names that the script knows it by."""
        declared = self.models[model]
        settings = declared.settings
        told = feature_files(settings.loss_settings, declared.start, settings.data)
        return training_files(settings) | told

    def start(self, model: str) -> list[str]:
        """The weights that a model's training starts from: none, or one file."""
        start = self.models[model].start
        return [f"{self.folder(start)}/open_clip_model.safetensors"] if start else []

    def pixels(self, model: str, dataset: str) -> str:
        """What embed reads images from: the data set's own array, or a cache that models share.

        Only models trained on MAD take its images as they are; "" for an encoder of texts alone.
        """
        declared = self.models[model]
        if declared.kind == "trained" and declared.settings.data == MAD and is_mad(dataset):
            return f"<results>/data/{_images_of(dataset)}/test/pixels.npy"
        key = self._preprocessing(declared)
        return f"<results>/pixels/{dataset}/{key}/cache.json" if key else ""

    def _preprocessing(self, model: Model) -> str:
        """The key of what is done to a model's images, "" for an encoder of texts alone."""
        if model.settings:
            return preprocessing(model.settings)
        if model.row:
            return model.row.preprocessing
        if model.shards:  # trained on shards, a model keeps what it started with
            return self._preprocessing(self.models[model.start])
        return random_preprocessing(model.architecture)

    def dataset_folder(self, dataset: str) -> str:
        """Where a data set lies: as configured, else where it is made or downloaded to."""
        if is_mad(dataset):
            return f"{self.config.results}/data/{_images_of(dataset)}/test"
        row = self.datasets[dataset]
        downloads = f"{self.config.resources}/datasets/{row.folder}"
        return self.config.folders.get(row.folder) or downloads

    def folder_there(self, dataset: str) -> str:
        """The same; raises `InputError` for a configured folder that is not there."""
        folder, row = self.dataset_folder(dataset), self.datasets.get(dataset)
        if row and self.config.folders.get(row.folder):
            check_folder(row, folder)
        return folder

    def drawn_with(self, dataset: str) -> int:
        """The seed that a manifest is made with: 0 where nothing is drawn, whatever the study's."""
        drawn = self.manifest_cells(dataset)["adapter"] in DRAWING_ADAPTERS
        return self.config.seed if drawn else 0

    def raw_files(self, dataset: str) -> list[str]:
        """The files that must be there before a data set's manifest: none of a given folder."""
        if is_mad(dataset):
            folder = f"<results>/data/{_images_of(dataset)}/test"
            return [f"{folder}/{name}.npy" for name in ("pixels", "labels")]
        row = self.datasets[dataset]
        if self.config.folders.get(row.folder) or row.download == "no":
            return []
        return [f"<resources>/datasets/{row.folder}/{self._download_of(dataset)}.json"]

    def _download_of(self, dataset: str) -> str:
        """The first data set of the sheet that is made from the same archives."""
        wanted = self.download_cells(dataset) | {"dataset": ""}
        return next(
            name for name in self.datasets if self.download_cells(name) | {"dataset": ""} == wanted
        )

    def manifest_cells(self, dataset: str) -> dict[str, Any]:
        """The cells of a data set's row that decide its manifest."""
        if is_mad(dataset):
            return {"dataset": dataset, "adapter": "mad", "split": "test"}
        return {key: getattr(self.datasets[dataset], key) for key in _MANIFEST_CELLS}

    def download_cells(self, dataset: str) -> dict[str, Any]:
        """The cells of a data set's row that decide its download."""
        return {key: getattr(self.datasets[dataset], key) for key in _DOWNLOAD_CELLS}

    def facts(self, experiment: str) -> list[str]:
        """The records of an experiment's models, as far as they have a folder."""
        return [
            f"{self.folder(name)}/modgap.json"
            for name in self.experiments[experiment].models
            if self.models[name].kind != "embeddings"
        ]

    def rows(self, experiment: str) -> list[dict[str, Any]]:
        """What is declared of an experiment's models: name, kind and the cells of their rows."""
        rows = []
        for name in self.experiments[experiment].models:
            row = {"model": name, "kind": self.models[name].kind}
            row["architecture"] = self.models[name].architecture
            if sheet := self.models[name].row:
                row |= {key: getattr(sheet, key) for key in _SHEET_CELLS}
            rows.append(row)
        return rows

    def embedding_cells(self, model: str) -> dict[str, str]:
        """The files of embeddings that somebody else made, by what they hold."""
        return embedding_cells(self.models[model].row, self.config)

    def embedding_files(self, model: str) -> list[str]:
        """The same files, each once; of a folder of parts every file in it."""
        return embedding_files(self.embedding_cells(model).values())

    def embedding_inputs(self, model: str) -> list[str]:
        """What a job waits for of them: downloads, and what of the user's own is there."""
        files, given = self.embedding_files(model), self.given_files(model)
        missing = {*given} - {*those_there(given)}
        return [path for path in files if path not in missing]

    def pooled(self, experiment: str) -> dict[str, Any]:
        """The random models of an experiment and the one data set that they are compared on."""
        model, dataset = self.pairs(experiment)[0]
        return {
            "images": f"<results>/data/{dataset}/images.parquet",
            "pixels": self.pixels(model, dataset),
            "models": [
                {"name": name, "architecture": each.architecture, "seed": each.seed}
                for name in self.experiments[experiment].models
                for each in [self.models[name]]
            ],
        }

    @property
    def mad_mb(self) -> int:
        """MiB that MAD takes: gray training items, coloured test items."""
        mad = self.config.mad
        return (mad.train_items + 3 * mad.test_items) * _MAD_IMAGE // 2**20

    def memory(self, model: str, trained: int, other: int, attempt: int) -> int:
        """MiB that a job may need; more when it is tried again, for the largest models."""
        if self.models[model].kind == "trained":
            return (trained + 2 * self.mad_mb) * attempt
        return other * 3 ** (attempt - 1)


def _images_of(dataset: str) -> str:
    captions = mad_captions(dataset)
    return mad_images(captions.hidden if captions else ())


# Tables that are made from metrics.
_METRICS = ("metrics", "correlations/by_size", "correlations/by_training_set")
_MANIFEST_CELLS = ("dataset", "adapter", "split", "classes", "images", "texts")
_DOWNLOAD_CELLS = ("dataset", "folder", "download", "source", "md5", "members")
# What a model is and was trained on, as far as the sheet says it.
_SHEET_CELLS = (
    "architecture",
    "training_set",
    "training_size",
    "commonpool_scale",
    "commonpool_filter",
)
