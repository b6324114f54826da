"""The sheet of models: config/models.tsv."""

import os
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from modgap.errors import InputError, nearest
from modgap.formats.preprocessing import Preprocessing
from modgap.study.places import local_path
from modgap.study.sheets import read_tsv

KINDS = ("open_clip", "hub", "folder", "package", "embeddings")
SCALES = ("s", "m", "l", "xl")
FILTERS = ("none", "basic", "text", "image", "laion", "clip")
_NAME = r"[A-Za-z0-9][A-Za-z0-9._+-]*"
# What a row of each kind must say, and what makes no sense in it.
_NEEDS = {
    "open_clip": ("architecture", "pretrained", "preprocessing"),
    "hub": ("hub_repository", "preprocessing"),
    "folder": ("folder", "preprocessing"),
    "package": ("architecture",),
    "embeddings": ("image_embeddings",),
}
_EMBEDDINGS = ("image_embeddings", "text_embeddings", "pairs", "labels")
_WEIGHTS = ("architecture", "pretrained", "preprocessing", "hub_repository", "revision")
_REFUSES = {
    "open_clip": ("folder", *_EMBEDDINGS),
    "hub": ("architecture", "pretrained", "folder", *_EMBEDDINGS),
    "folder": ("architecture", "pretrained", "hub_repository", "revision", *_EMBEDDINGS),
    "package": ("hub_repository", "revision", "sha256", "folder", *_EMBEDDINGS),
    "embeddings": _WEIGHTS,
}
_HINTS = {
    "preprocessing": ": how its images are resized, SIZE-INTERPOLATION-MODE as the "
    "model's open_clip_config.json has it, for most 224-bicubic-shortest"
}


@dataclass(frozen=True)
class ModelSource:
    """What decides a model's download, so that no other cell of its row can make it stale."""

    model: str
    kind: str
    architecture: str
    pretrained: str
    preprocessing: str
    hub_repository: str
    revision: str
    sha256: str
    folder: str


@dataclass(frozen=True)
class ModelRow:
    """One row of the sheet; config/README.md explains every column.

    `kind`: "open_clip" is a name and tag that open_clip lists; "hub" is any repository on the hub
    with an open_clip_config.json; "folder" is a model folder of this machine; "package" is an
    encoder of images or of texts alone (`architecture`) from a package registry, `pretrained`
    "random" with fresh weights; "embeddings" is files of embeddings that somebody else made.
    `preprocessing`: key of the model's `Preprocessing`, known before anything is downloaded, so
    that models with the same key can be planned to share their decoded images.
    `folder`: of kind folder the model folder; of kind embeddings the key of the configuration's
    `folders` under which the files lie where they are not downloaded.
    `training_size` is None where the number of training pairs is not known.
    `sets`: names of the sets of models that the row belongs to.
    """

    model: str
    kind: str
    architecture: str
    pretrained: str
    preprocessing: str
    training_set: str
    training_size: int | None
    commonpool_scale: str
    commonpool_filter: str
    sets: tuple[str, ...]
    hub_repository: str
    revision: str
    sha256: str
    folder: str
    image_embeddings: str
    text_embeddings: str
    pairs: str
    labels: str
    note: str

    @property
    def is_download(self) -> bool:
        """Whether it is embeddings at an address."""
        return self.kind == "embeddings" and "://" in self.image_embeddings

    @property
    def download_name(self) -> str:
        """What the file at the address of embeddings is called."""
        return PurePosixPath(urlsplit(self.image_embeddings).path).name

    def source(self) -> ModelSource:
        """The part of the row that says where the model comes from."""
        return ModelSource(*(getattr(self, field.name) for field in fields(ModelSource)))


def read_models(path: str | os.PathLike) -> dict[str, ModelRow]:
    """All rows of the sheet by model name, in the order of the sheet.

    Raises `InputError` naming the file, the line and the model for a row that cannot be meant.
    Whether open_clip knows the names is `check_open_clip`'s to say: importing open_clip takes
    seconds, and Snakemake reads the sheet once per job.
    """
    models: dict[str, ModelRow] = {}
    for number, cells in read_tsv(path, tuple(field.name for field in fields(ModelRow))):
        place = f"{path}: line {number} (model {cells['model']!r})"
        model = _model(cells, place)
        if model.model in models:
            raise InputError(f"{place}: this name was used before; names are unique")
        models[model.model] = model
    for name in {name for row in models.values() for name in row.sets}:
        if name in models:
            raise InputError(f"{path}: {name!r} is the name of a set and of a model")
    return models


def chosen_models(
    rows: Mapping[str, ModelRow], wanted: Collection[str], without: Collection[str], place: str
) -> dict[str, ModelRow]:
    """The rows that an experiment takes, by model name, in the order of the sheet.

    `wanted` names sets and models, `without` the models that are left out. Raises `InputError`
    calling the experiment `place` for a name that is neither, for one to leave out that is not
    among them, and for a row of kind embeddings, which has no model.
    """
    sets = {name for row in rows.values() for name in row.sets}
    for name in wanted:
        if name not in rows and name not in sets:
            hint = nearest(name, [*sets, *rows])
            hint = f"sets: {', '.join(sorted(sets))}" if hint.startswith("known") else hint
            raise InputError(f"{place}.sheet: no set or model {name!r} in models.tsv; {hint}")
    taken = {
        name: row for name, row in rows.items() if name in wanted or set(row.sets) & set(wanted)
    }
    for name, row in taken.items():
        if row.kind == "embeddings":
            raise InputError(
                f"{place}.sheet: {name!r} is of kind embeddings; name it under `files` of an "
                "experiment of its own, and take it out of the set"
            )
    for name in without:
        if name not in taken:
            hint = nearest(name, list(taken))
            hint = "name one of its models" if hint.startswith("known") else hint
            raise InputError(f"{place}.without: {name!r} is none of its models; {hint}")
    return {name: row for name, row in taken.items() if name not in without}


def check_open_clip(models: Iterable[ModelSource | ModelRow]) -> None:
    """Raise `InputError` for the first row of kind open_clip that open_clip does not list."""
    import open_clip

    tags = {f"{name}__{tag}" for name, tag in open_clip.list_pretrained()}
    for row in models:
        name = f"{row.architecture}__{row.pretrained}"
        if row.kind == "open_clip" and name not in tags:
            raise InputError(
                f"model {row.model!r}: open_clip has no architecture {row.architecture!r} with tag "
                f"{row.pretrained!r}; {_nearest_tag(name, tags)}"
            )


def _nearest_tag(name: str, tags: set[str]) -> str:
    hint = nearest(name, sorted(tags))
    if hint.startswith("known"):
        hint = "open_clip.list_pretrained() prints all it has"
    return f"{hint} For another repository on the hub use kind hub"


def _model(cells: dict[str, str], place: str) -> ModelRow:
    if not re.fullmatch(_NAME, cells["model"]):
        raise InputError(
            f"{place}: a model's name becomes a folder name: letters, digits and . _ + - only"
        )
    _check_choices(cells, place)
    _check_kind(cells, place)
    _check_places(cells, place)
    _check_preprocessing(cells["preprocessing"], place)
    sets = tuple(cells["sets"].split())
    for name in sets:
        if not re.fullmatch("[a-z][a-z0-9_]*", name):
            raise InputError(f"{place}: set {name!r}: lower-case letters, digits and _ only")
    _check_download(cells, place)
    size = _size(cells["training_size"], place)
    return ModelRow(**{**cells, "sets": sets, "training_size": size})


def _check_choices(cells: dict[str, str], place: str) -> None:
    choices = {
        "kind": KINDS,
        "commonpool_scale": ("", *SCALES),
        "commonpool_filter": ("", *FILTERS),
    }
    for column, allowed in choices.items():
        if cells[column] not in allowed:
            shown = ", ".join(value or "(empty)" for value in allowed)
            raise InputError(f"{place}: {column} is {cells[column]!r}, expected one of: {shown}")
    if bool(cells["commonpool_scale"]) != bool(cells["commonpool_filter"]):
        raise InputError(f"{place}: commonpool_scale and commonpool_filter go together")
    if cells["sha256"] and not re.fullmatch("[0-9a-f]{64}", cells["sha256"]):
        raise InputError(f"{place}: sha256 is not 64 lower-case hexadecimal digits")


def _check_kind(cells: dict[str, str], place: str) -> None:
    kind, repository = cells["kind"], cells["hub_repository"]
    if repository and not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", repository):
        raise InputError(
            f"{place}: hub_repository is {repository!r}, expected ORGANISATION/NAME without a "
            "prefix or an address"
        )
    if cells["folder"].startswith("local-dir:"):
        raise InputError(f"{place}: folder is {cells['folder']!r}; write the path alone")
    for column in _NEEDS[kind]:
        if not cells[column]:
            hint = _HINTS.get(column, "")
            raise InputError(f"{place}: a row of kind {kind} needs {column}{hint}")
    for column in _REFUSES[kind]:
        if cells[column]:
            raise InputError(f"{place}: a row of kind {kind} has no {column}; leave the cell empty")

    if kind == "package" and cells["pretrained"] not in ("", "random"):
        raise InputError(
            f"{place}: pretrained is {cells['pretrained']!r}; of an encoder from a package "
            "expected an empty cell (its weights), or random"
        )


def _check_places(cells: dict[str, str], place: str) -> None:
    """Files and folders are of this machine, but for embeddings of both modalities."""
    columns = {"folder": ("folder",), "embeddings": _EMBEDDINGS}.get(cells["kind"], ())
    for column in columns:
        if column == "image_embeddings" and re.match("https?://", cells[column]):
            continue
        try:
            local_path(cells[column])
        except ValueError as error:
            raise InputError(f"{place}: {column} {cells[column]!r}: {error}") from error


def _check_download(cells: dict[str, str], place: str) -> None:
    """Embeddings at an address are one file of both modalities, with its checksum."""
    if cells["kind"] != "embeddings":
        return
    if "://" not in cells["image_embeddings"]:
        if cells["folder"]:
            raise InputError(
                f"{place}: folder is for embeddings at an address; leave it empty, and write the "
                "whole path of each file"
            )
        return
    if not PurePosixPath(urlsplit(cells["image_embeddings"]).path).suffix:
        raise InputError(
            f"{place}: image_embeddings {cells['image_embeddings']!r}: expected an address that "
            "ends with the file's name, which says its format; fetch the file, and name it here"
        )
    if not cells["sha256"] or cells["text_embeddings"]:
        raise InputError(
            f"{place}: embeddings at an address need their sha256, and are one file of both "
            "modalities (text_embeddings empty)"
        )


def _check_preprocessing(key: str, place: str) -> None:
    try:
        if key:
            Preprocessing.parse(key)
    except InputError as error:
        raise InputError(f"{place}: {error}") from error


def _size(text: str, place: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch("[1-9][0-9]*", text):
        raise InputError(
            f"{place}: training_size is {text!r}, expected a number of pairs in plain digits"
        )
    return int(text)
