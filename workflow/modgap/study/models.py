"""The sheet of pretrained models: config/models.tsv."""

import os
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields

from modgap.errors import InputError, nearest
from modgap.formats.preprocessing import Preprocessing
from modgap.study.sheets import read_tsv

KINDS = ("open_clip", "hub", "embeddings")
GROUPS = ("medium", "large")
MEDIUM_AT_MOST = 140_000_000
SCALES = ("s", "m", "l", "xl")
FILTERS = ("none", "basic", "text", "image", "laion", "clip")

_COLUMNS = (
    "model",
    "kind",
    "architecture",
    "pretrained",
    "preprocessing",
    "training_set",
    "training_size",
    "group",
    "kept",
    "dropped_because",
    "in_text_98",
    "table3",
    "close_up",
    "ideal_words",
    "commonpool_scale",
    "commonpool_filter",
    "hub_repository",
    "revision",
    "sha256",
    "image_embeddings",
    "text_embeddings",
)
_YES_NO = ("kept", "in_text_98", "table3", "close_up", "ideal_words")
# What a row of each kind must say, and what makes no sense in it.
_NEEDS = {
    "open_clip": ("architecture", "pretrained", "preprocessing"),
    "hub": ("hub_repository", "preprocessing"),
    "embeddings": ("image_embeddings", "text_embeddings"),
}
_REFUSES = {
    "open_clip": ("image_embeddings", "text_embeddings"),
    "hub": ("architecture", "pretrained", "image_embeddings", "text_embeddings"),
    "embeddings": (
        "architecture",
        "pretrained",
        "preprocessing",
        "hub_repository",
        "revision",
        "sha256",
    ),
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


@dataclass(frozen=True)
class PretrainedModel:
    """One row of the sheet.

    `kind`: "open_clip" is a name and tag that open_clip lists; "hub" is any repository on the hub
    with an open_clip_config.json; "embeddings" is two embedding files that somebody else made.
    `preprocessing`: key of the model's `Preprocessing`, known before anything is downloaded, so
    that models with the same key can be planned to share their decoded images.
    `close_up` marks the models that the paper looks into; a study names its own in the
    configuration. `ideal_words` marks those of table 5.
    `training_size` is None and `group` "" where the number of training pairs is not known.
    `in_text_98` is None where it is not known. `hub_repository` of an open_clip row replaces the
    repository that open_clip names for the tag.
    """

    model: str
    kind: str
    architecture: str
    pretrained: str
    preprocessing: str
    training_set: str
    training_size: int | None
    group: str
    kept: bool
    dropped_because: str
    in_text_98: bool | None
    table3: bool
    close_up: bool
    ideal_words: bool
    commonpool_scale: str
    commonpool_filter: str
    hub_repository: str
    revision: str
    sha256: str
    image_embeddings: str
    text_embeddings: str

    def source(self) -> ModelSource:
        """The part of the row that says where the model comes from."""
        return ModelSource(*(getattr(self, field.name) for field in fields(ModelSource)))


def read_models(path: str | os.PathLike) -> dict[str, PretrainedModel]:
    """All rows of the sheet by model name, in the order of the sheet.

    Raises `InputError` naming the file, the line and the model for a row that cannot be meant.
    Whether open_clip knows the names is `check_open_clip`'s to say: importing open_clip takes
    seconds, and Snakemake reads the sheet once per job.
    """
    models: dict[str, PretrainedModel] = {}
    for number, cells in read_tsv(path, _COLUMNS):
        place = f"{path}: line {number} (model {cells['model']!r})"
        model = _model(cells, place)
        if model.model in models:
            raise InputError(f"{place}: this name was used before; names are unique")
        models[model.model] = model
    return models


def chosen_models(
    rows: Mapping[str, PretrainedModel], wanted: str | list[str], left_out: Collection[str] = ()
) -> dict[str, PretrainedModel]:
    """The rows that a study measures, by model name.

    `wanted` is "paper" (every row that an artifact of the paper takes, in the order of the sheet:
    those kept, and those that only table 3 or table 4 takes, less the names in `left_out`) or a
    list of names, [] for none. Raises `InputError` for a name that is not in the sheet, that comes
    twice, or whose row is of kind embeddings, and for one to leave out that "paper" does not take.
    """
    if wanted == "paper":
        return _paper_models(rows, left_out)
    if left_out:
        raise InputError(
            "configuration: pretrained.except leaves models out of 'paper', but pretrained.models "
            "is a list; take them out of that list and set pretrained.except: []"
        )
    where = "configuration: pretrained.models"
    if isinstance(wanted, str):
        raise InputError(f"{where}: {wanted!r}: expected paper, or a list of models of models.tsv")
    for number, name in enumerate(wanted):
        if name not in rows:
            known = nearest(name, list(rows))
            known = "the column model lists them" if known.startswith("known") else known
            raise InputError(f"{where}: no model {name!r} in models.tsv; {known}")
        if rows[name].kind == "embeddings":
            raise InputError(
                f"{where}: {name!r} is of kind embeddings, which enters every study by itself; "
                "leave it out of the list"
            )
        if name in wanted[:number]:
            raise InputError(f"{where}: {name!r} is listed twice")
    return {name: rows[name] for name in wanted}


def _paper_models(
    rows: Mapping[str, PretrainedModel], left_out: Collection[str]
) -> dict[str, PretrainedModel]:
    taken = {
        name: row
        for name, row in rows.items()
        if (row.kept or row.table3 or row.commonpool_scale) and row.kind != "embeddings"
    }
    for name in left_out:
        if name not in taken:
            hint = nearest(name, list(taken))
            hint = "rows of models.tsv that are kept" if hint.startswith("known") else hint
            raise InputError(
                f"configuration: pretrained.except: {name!r} is no model that 'paper' takes; {hint}"
            )
    return {name: row for name, row in taken.items() if name not in left_out}


def check_open_clip(models: Iterable[ModelSource | PretrainedModel]) -> None:
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


def _model(cells: dict[str, str], place: str) -> PretrainedModel:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]*", cells["model"]):
        raise InputError(
            f"{place}: a model's name becomes a folder name: letters, digits and . _ + - only"
        )
    _check_choices(cells, place)
    _check_kind(cells, place)
    _check_preprocessing(cells["preprocessing"], place)
    size = _size(cells["training_size"], place)
    _check_group(cells["group"], size, place)
    if (cells["kept"] == "no") != bool(cells["dropped_because"]):
        raise InputError(f"{place}: a row has a reason in dropped_because exactly if kept is no")
    flags = {name: cells[name] == "yes" for name in _YES_NO}
    if not cells["in_text_98"]:
        flags["in_text_98"] = None
    return PretrainedModel(**{**cells, **flags, "training_size": size})


def _check_choices(cells: dict[str, str], place: str) -> None:
    choices = {"kind": KINDS, "group": ("", *GROUPS), "kept": ("yes", "no")}
    choices |= {name: ("", "yes", "no") for name in _YES_NO if name != "kept"}
    choices |= {"commonpool_scale": ("", *SCALES), "commonpool_filter": ("", *FILTERS)}
    for column, allowed in choices.items():
        if cells[column] not in allowed:
            shown = ", ".join(value or "(empty)" for value in allowed)
            raise InputError(f"{place}: {column} is {cells[column]!r}, expected one of: {shown}")
    if bool(cells["commonpool_scale"]) != bool(cells["commonpool_filter"]):
        raise InputError(f"{place}: commonpool_scale and commonpool_filter go together")
    if cells["sha256"] and not re.fullmatch("[0-9a-f]{64}", cells["sha256"]):
        raise InputError(f"{place}: sha256 is not 64 lower-case hexadecimal digits")


def _check_kind(cells: dict[str, str], place: str) -> None:
    kind = cells["kind"]
    for column in _NEEDS[kind]:
        if not cells[column]:
            hint = _HINTS.get(column, "")
            raise InputError(f"{place}: a row of kind {kind} needs {column}{hint}")
    for column in _REFUSES[kind]:
        if cells[column]:
            raise InputError(f"{place}: a row of kind {kind} has no {column}; leave the cell empty")


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


def _check_group(group: str, size: int | None, place: str) -> None:
    expected = "" if size is None else GROUPS[size > MEDIUM_AT_MOST]
    if group != expected:
        raise InputError(
            f"{place}: group is {group!r}, but training_size {size} makes it {expected!r} "
            f"(medium up to {MEDIUM_AT_MOST} pairs, large above, empty if the size is not known)"
        )
