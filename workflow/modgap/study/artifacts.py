"""Figures and tables as workflow/artifacts.yaml declares them: by what each one reads.

An artifact says, in at most seven words, which models it is about (`of`: experiments), in which
roles these were measured (`role`; "a or b" where either will do), and what it reads: tables of
these experiments or of the study (`reads`), one `look` at each model, or a `simulation`. `settings`
names settings of the configuration, `module` another artifact's module that draws it.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from modgap.errors import InputError, nearest

PACKAGE = Path(__file__).parents[1]
FILE = PACKAGE.parent / "artifacts.yaml"
WORDS = ("of", "role", "reads", "look", "simulation", "settings", "module")
SETTINGS = ("confidence", "resamples", "seed", "above_chance")
# Tables of an experiment: one each, or one of each of its models.
OF_EXPERIMENT = {
    "metrics": "<results>/metrics/{experiment}.parquet",
    "models": "<results>/models/{experiment}.csv",
    "noise": "<results>/noise/{experiment}.parquet",
    "initialisations": "<results>/initialisations/{experiment}.parquet",
    "correlations/by_size": "<results>/stats/{experiment}/by_size.csv",
    "correlations/by_training_set": "<results>/stats/{experiment}/by_training_set.csv",
}
OF_MODEL = {"histories": "<results>/models/{model}/history.parquet"}
# Looks at the plain models alone, those that others stand beside.
OF_PLAIN = {"closed": "<results>/looks/{model}/{dataset}/closers.parquet"}
OF_DATASET = {"samples": "<results>/data/{dataset}/samples.parquet"}
# A table about the models of the sheet.
OF_SHEET = {"published": "config/published.tsv"}
# Tables that are the same for every experiment.
OF_STUDY = {
    "word_counts": "<results>/data/word_counts.csv",
    "correlations/published": "<results>/stats/published.csv",
    "reference": "config/reference_values.tsv",
    "confusion": "config/fairface_confusion.tsv",
    "claims": "config/claims.tsv",
}
# The numbers of every other artifact of the study.
ARTIFACTS = "artifacts"
# The same of a second study, where the configuration names one.
AGAIN = "again"
READS = (
    *(*OF_EXPERIMENT, *OF_MODEL, *OF_PLAIN, *OF_DATASET, *OF_SHEET, *OF_STUDY),
    *(ARTIFACTS, AGAIN),
)


@dataclass(frozen=True)
class Declaration:
    """One artifact as the file declares it."""

    source: str
    name: str
    of: tuple[str, ...] = ()
    role: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    look: str = ""
    simulation: str = ""
    settings: tuple[str, ...] = ()
    module: str = ""

    @property
    def target(self) -> str:
        """Name of its rule."""
        return f"{self.source}_{self.name}"

    @property
    def code(self) -> str:
        """Its module below the package, by dots."""
        return f"artifacts.{self.source}.{self.module or self.name}"

    @property
    def roles(self) -> tuple[str, ...]:
        """Every role that it names."""
        return tuple(dict.fromkeys(role for group in self.role for role in group.split(" or ")))


@dataclass(frozen=True)
class Artifact:
    """An artifact of a study: its files and what its module is given.

    `inputs`: keyword of its module → files. `quantities`: role → data sets ("" for the models'
    own), or None. `stands_for`: what its experiments stand for.
    """

    declaration: Declaration
    figure: bool
    inputs: Mapping[str, list[str]]
    settings: tuple[str, ...]
    quantities: Mapping[str, tuple[str, ...]] | None = None
    stands_for: str = ""
    outputs: Mapping[str, str] = field(init=False)

    def __post_init__(self):
        path = f"<results>/{self.declaration.source}/{self.declaration.name}"
        kinds = ("png", "pdf", "csv") if self.figure else ("csv", "md", "tex")
        object.__setattr__(self, "outputs", {kind: f"{path}.{kind}" for kind in kinds})

    @property
    def shown(self) -> str:
        """Which of its files the report shows."""
        return "png" if self.figure else "csv"

    def report(self, titles: Mapping[str, str]) -> dict[str, Any]:
        """How the report shows it: its caption, its source as category, its name."""
        source, name = self.declaration.source, self.declaration.name
        return {
            "caption": f"../report/{source}/{name}.rst",
            "category": titles[source],
            "labels": {"artifact": name},
        }


def read_artifacts(path: Path = FILE) -> tuple[dict[str, str], list[Declaration]]:
    """Sources with their titles, and every declared artifact.

    Raises `InputError` naming the artifact for an unknown word, table, look, simulation, setting
    or module.
    """
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    titles = content.pop("sources")
    declared = []
    for source, artifacts in content.items():
        if source not in titles:
            raise InputError(f"{path.name}: {source}: {nearest(source, titles, 'sources')}")
        for name, words in artifacts.items():
            declared.append(
                _declaration(source, name, words or {}, f"{path.name}: {source}.{name}")
            )
    return titles, declared


def _declaration(source: str, name: str, words: Mapping[str, Any], place: str) -> Declaration:
    for word in words:
        if word not in WORDS:
            raise InputError(f"{place}: unknown word {word!r}; {nearest(word, WORDS, 'words')}")
    lists = {
        word: tuple([given] if isinstance(given, str) else given)
        for word, given in words.items()
        if word in ("of", "role", "reads", "settings")
    }
    one = {word: words[word] for word in ("look", "simulation", "module") if word in words}
    made = Declaration(source, name, **lists, **one)
    _known(place, "reads", made.reads, READS)
    _known(place, "settings", made.settings, SETTINGS)
    _known(place, "look", filter(None, [made.look]), modules_in("measure/looks"))
    _known(place, "simulation", filter(None, [made.simulation]), modules_in("simulate"))
    _known(place, "module", [made.module or name], modules_in(f"artifacts/{source}"))
    if made.look and not made.of:
        raise InputError(f"{place}: a look is of the models of an experiment; say which with `of`")
    return made


def _known(place: str, word: str, names: Any, known: Any) -> None:
    for name in names:
        if name not in known:
            raise InputError(f"{place}: unknown {word} {name!r}; {nearest(name, list(known))}")


@cache
def modules_in(folder: str) -> tuple[str, ...]:
    """Names of the public modules in a folder of the package."""
    return tuple(sorted(p.stem for p in (PACKAGE / folder).glob("[a-z]*.py")))


@cache
def is_figure(code: str) -> bool:
    """Whether an artifact's module draws, seen without importing it."""
    path = PACKAGE.joinpath(*code.split(".")).with_suffix(".py")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(isinstance(node, ast.FunctionDef) and node.name == "draw" for node in tree.body)


@cache
def follows_captions(look: str) -> bool:
    """Whether a look also follows the gap of captioned images, seen without importing it."""
    path = PACKAGE / "measure" / "looks" / f"{look}.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(
        isinstance(node, ast.FunctionDef)
        and node.name == "look"
        and any(argument.arg == "along" for argument in node.args.kwonlyargs)
        for node in tree.body
    )


def resolve(
    declaration: Declaration,
    study: Any,
    pairs: Callable[[str, tuple[str, ...]], list],
    numbers: list[str],
) -> Artifact | str:
    """The artifact in a study, or the reason why the study lacks it.

    `study` has `config`, `experiments`, `models` and `second_numbers`; `pairs(experiment, roles)`
    lists (model, data set); `numbers` are the files of the artifacts that do not read artifacts.
    """
    if study.config.only and not declaration.of and ARTIFACTS not in declaration.reads:
        return "it is of no experiment, and the configuration keeps some `only`"
    for name in declaration.of:
        if name not in study.experiments:
            return f"the study has no experiment {name!r}"
    experiments = [study.experiments[name] for name in declaration.of]
    for group in declaration.role:
        wanted = group.split(" or ")
        if not any(e.data.get(role) for e in experiments for role in wanted):
            return f"experiment {' or '.join(declaration.of)} has no data set for {group}"
    inputs: dict[str, list[str]] = {}
    for table in declaration.reads:
        if table in OF_PLAIN:
            files = _files_of_plain(table, study, pairs, declaration)
        else:
            files = _files(table, experiments, pairs, declaration.roles, numbers)
        if table == AGAIN:
            files = study.second_numbers(numbers)
            if not files:
                continue
        if not files:
            return f"there is no {table} of {' or '.join(declaration.of)}"
        inputs[table.partition("/")[0]] = files
    if declaration.look:
        measured = [pair for e in experiments for pair in pairs(e.name, declaration.roles)]
        if not measured:
            return f"experiment {' or '.join(declaration.of)} has no models"
        inputs["look"] = [
            f"<results>/looks/{model}/{dataset}/{declaration.look}.parquet"
            for model, dataset in measured
        ]
    if declaration.simulation:
        inputs["simulation"] = [f"<results>/simulations/{declaration.simulation}.parquet"]
    quantities = None
    if declaration.role and "metrics" in declaration.reads:
        quantities = study.quantities(experiments[0], declaration.roles)
    stands_for = " ".join(dict.fromkeys(e.stands_for for e in experiments if e.stands_for))
    figure = is_figure(declaration.code)
    return Artifact(declaration, figure, inputs, declaration.settings, quantities, stands_for)


def _files_of_plain(table: str, study: Any, pairs: Callable, declaration: Declaration) -> list[str]:
    measured = [pair for name in declaration.of for pair in pairs(name, declaration.roles)]
    return [
        OF_PLAIN[table].format(model=model, dataset=dataset)
        for model, dataset in measured
        if study.models[model].is_plain
    ]


def _files(
    table: str,
    experiments: list,
    pairs: Callable,
    roles: tuple[str, ...],
    numbers: list[str],
) -> list[str]:
    if table in OF_STUDY:
        return [OF_STUDY[table]]
    if table == ARTIFACTS:
        return numbers
    if table in OF_SHEET:
        return [OF_SHEET[table]] if any(e.source == "sheet" for e in experiments) else []
    if table in OF_EXPERIMENT:
        return [OF_EXPERIMENT[table].format(experiment=e.name) for e in experiments if e.models]
    if table in OF_DATASET:
        names = dict.fromkeys(d for e in experiments for _, d in pairs(e.name, roles))
        return [OF_DATASET[table].format(dataset=dataset) for dataset in names]
    trained = [model for e in experiments if e.source in ("train", "shards") for model in e.models]
    return [OF_MODEL[table].format(model=model) for model in trained]
