"""The configuration of a study: read, checked, and described as a JSON schema."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, Field, ValidationError

from modgap.errors import InputError, nearest
from modgap.study.hints import hint, shown
from modgap.study.model_settings import ModelSettings
from modgap.study.settings import (
    Extraction,
    Groups,
    Mad,
    Mnist,
    Names,
    OneOrMore,
    OptionalPlace,
    Place,
    Seed,
    Settings,
    Statistics,
    Training,
)
from modgap.study.shards import ShardSettings

SCHEMA = Path(__file__).parents[2] / "schemas" / "config.schema.yaml"
ROLES = ("retrieval", "classification", "attributes", "class_sets")
SOURCES = ("train", "shards", "sheet", "random", "files", "models")
# How pydantic says that it is about a key, not about its value.
_NO_NAME = "[key]"
Group = TypeVar("Group", bound=BaseModel)


class ExperimentConfig(Settings):
    """A named set of models and the data sets that they are measured on.

    Exactly one of `train`, `shards`, `sheet`, `random`, `files` and `models` says which models
    these are.
    """

    train: dict[str, Any] | None = Field(
        None,
        description=(
            "Models trained here: settings of `model`, each one value or a list of values; one "
            "model is trained per combination."
        ),
    )
    shards: dict[str, Any] | None = Field(
        None,
        description=(
            "Models trained by open_clip's trainer on several GPUs, on shards of pairs of images "
            "and captions: settings, each one value or a list of values, as in train."
        ),
    )
    sheet: OneOrMore | None = Field(
        None,
        description="Models of config/models.tsv: the name of a set (column `sets`), or a list of "
        "sets and models.",
    )
    random: Names | None = Field(
        None, description="Architectures with random weights: names that open_clip knows."
    )
    files: Names | None = Field(
        None,
        description="Embeddings that somebody else made: rows of config/models.tsv of kind "
        "embeddings.",
    )
    models: Names | None = Field(
        None, description="Models that other experiments of the study declare, or all of theirs."
    )
    without: Names = Field(
        [], description="Models left out, such as those that cannot be downloaded any more."
    )
    seeds: list[Seed] = Field(
        [0], min_length=1, description="Seeds of random weights, one model each."
    )
    data: dict[str, OneOrMore] = Field(
        {},
        description=(
            "Role (retrieval, classification, attributes, class_sets) to data set or data sets: "
            "rows of config/datasets.tsv, data sets made here, or own: each model's own data set."
        ),
    )
    stands_for: str = Field(
        "", description="What the models and data stand for, said in the report of each artifact."
    )


class StudyConfig(Settings):
    """One study. A file given with --configfile overlays config.yaml key by key."""

    study: str = Field(
        "default",
        pattern="^[a-z0-9_-]+$",
        description="Name of the study, shown in the report.",
    )
    results: Place = Field(
        "results",
        description="Folder that everything made by this study goes to; two studies never share "
        "one.",
    )
    second: OptionalPlace = Field(
        "",
        description="Results folder of a second study or set of seeds: the board of claims then "
        "says whether its verdicts agree.",
    )
    resources: Place = Field(
        "resources", description="Folder of downloads, shared between studies."
    )
    device: str = Field(
        "auto",
        pattern="^(auto|cpu|cuda(:[0-9]+)?)$",
        description="Where models are trained and run: auto (a GPU if there is one), cpu, cuda, "
        "cuda:1.",
    )
    seed: Seed = Field(
        0,
        description="Seed of the data (MAD perturbations, captions of the test set) and of all "
        "resampling.",
    )
    mnist: Mnist = Field(Mnist(), description="Where MNIST comes from.")
    mad: Mad = Field(Mad(), description="The MAD data set.")
    caption_corpora: dict[str, Place] = Field(
        {},
        description=(
            "Caption corpora whose words are counted beside the published ones, name to file: text "
            "with a caption per line, or .tsv, .csv or .parquet with a column `caption`; gzipped "
            "or not."
        ),
    )
    model: ModelSettings = Field(
        ModelSettings(),
        description="The base model and how it is trained; an experiment sets or varies some of "
        "it.",
    )
    training: Training = Field(Training(), description="How models are trained.")
    experiments: dict[str, ExperimentConfig] = Field(
        {},
        description="The experiments by name; null leaves one out, and the artifacts that read it.",
    )
    only: Names = Field(
        [],
        description=(
            "Experiments that are kept, with those that their models are of or start from, for a "
            "study of few; empty: all. With the others go the artifacts that read them, and those "
            "that read no experiment but the board of claims."
        ),
    )
    folders: dict[str, Place] = Field(
        {},
        description=(
            "Where real data sets lie, by the column `folder` of config/datasets.tsv. What is not "
            "named here is downloaded if its licence lets anybody do so."
        ),
    )
    skip_bad: Names = Field(
        [],
        description=(
            "Data sets that are used without their damaged images, captions without image and "
            "repeated ids. Any other data set is refused if it has some; either way all are listed."
        ),
    )
    groups: Groups = Field(Groups(), description="Groups of models by training set size.")
    extraction: Extraction = Field(Extraction(), description="How embeddings are made.")
    statistics: Statistics = Field(Statistics(), description="Resampling and intervals.")


def read_config(config: Mapping[str, Any]) -> StudyConfig:
    """The configuration that Snakemake hands over, checked key by key.

    Raises
    ------
    InputError
        Naming each unknown key with the nearest known one, and each value out of range.
    """
    config = {key: value for key, value in config.items() if value is not None}
    experiments = config.get("experiments")
    if isinstance(experiments, dict):
        config["experiments"] = _without_null(experiments)
    study = checked(StudyConfig, config, "")
    for name in study.only:
        if name not in study.experiments:
            hint = nearest(name, list(study.experiments), "experiments")
            raise InputError(f"configuration: only names the unknown experiment {name!r}; {hint}")
    kept = _with_sources(study.only, study.experiments) or study.experiments
    return study.model_copy(update={"experiments": kept})


def checked(group: type[Group], values: Mapping[str, Any], place: str) -> Group:
    """`values` as a group of settings; errors name their keys below `place`."""
    try:
        return group.model_validate(dict(values))
    except ValidationError as error:
        lines = sorted({_message(group, place, item) for item in error.errors()})
        raise InputError("configuration: " + "; ".join(lines)) from None


def _with_sources(
    names: Iterable[str], experiments: Mapping[str, ExperimentConfig]
) -> dict[str, ExperimentConfig]:
    """The experiments of these names and, in turn, those that they name models of."""
    wanted, waiting = set(), list(names)
    while waiting:
        name = waiting.pop()
        if name not in wanted and name in experiments:
            wanted.add(name)
            start = (experiments[name].train or {}).get("from", [])
            starts = start if isinstance(start, list) else [start]
            # What is no name is refused with the settings of its models.
            named = [each for each in starts if isinstance(each, str)]
            named += experiments[name].models or []
            waiting += [_owner(model, experiments) for model in named]
    return {name: each for name, each in experiments.items() if name in wanted}


def _owner(name: str, experiments: Mapping[str, ExperimentConfig]) -> str:
    """The experiment that a name stands for: itself one, or a model whose name begins with its."""
    if name in experiments:
        return name
    made = [each for each, own in experiments.items() if own.train or own.shards]
    owners = [each for each in made if name.startswith(f"{each}-")]
    return max(owners, key=len, default=name)


def _without_null(experiment: Any) -> Any:
    """An overlay sets a source or a role of the base study to null to leave it out."""
    if not isinstance(experiment, dict):
        return experiment
    return {key: _without_null(value) for key, value in experiment.items() if value is not None}


def _message(group: type[BaseModel], place: str, error: Mapping[str, Any]) -> str:
    keys = [*filter(None, place.split(".")), *(_keys(error["loc"]))]
    name = ".".join(map(str, keys))
    if error["type"] == "extra_forbidden":
        known = _known_keys(group, error["loc"][:-1])
        return f"unknown key {name!r}; {nearest(str(keys[-1]), known, 'known keys')}"
    if not name:
        return error["msg"]
    kind, value = error["type"], error["input"]
    if kind == "invalid_key" or error["loc"][-1] == _NO_NAME:
        above = ".".join(map(str, keys[:-1]))
        return f"key {above!r}: {shown(value)} is no name{hint(kind, value)}"
    problem = str(error["ctx"]["error"]) if kind == "value_error" else error["msg"].lower()
    return f"key {name!r}: {shown(value)}: {problem}{hint(kind, value)}"


def _keys(location: tuple) -> list:
    """Without the names of the members of a union that pydantic adds."""
    return [key for key in location if not (isinstance(key, str) and "[" in key)]


def _known_keys(group: type[BaseModel], location: tuple) -> list[str]:
    for key in location:
        field = group.model_fields.get(key)
        if field is None:  # the name of an experiment
            continue
        inner = field.annotation
        if key == "experiments":
            inner = ExperimentConfig
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            group = inner
    return list(group.model_fields)


def json_schema() -> dict:
    """The schema of a study: description, default and range of every key."""
    schema = StudyConfig.model_json_schema(mode="validation")
    schema["$defs"]["ShardSettings"] = ShardSettings.model_json_schema(mode="validation")
    for source, settings in (("train", "ModelSettings"), ("shards", "ShardSettings")):
        values = {}
        for key in schema["$defs"][settings]["properties"]:
            setting = {"$ref": f"#/$defs/{settings}/properties/{key}"}
            values[key] = {"anyOf": [setting, {"type": "array", "minItems": 1, "items": setting}]}
        grid = {"type": "object", "additionalProperties": False, "properties": values}
        grid["description"] = ExperimentConfig.model_fields[source].description
        schema["$defs"]["ExperimentConfig"]["properties"][source] = grid
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


if __name__ == "__main__":
    import yaml

    print(yaml.safe_dump(json_schema(), sort_keys=False, allow_unicode=True, width=100), end="")
