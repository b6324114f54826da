"""The configuration, checked before anything runs, and the paths that rules share."""

from modgap.config import check_config
from modgap.dependencies import modules_of
from modgap.studies import gpus_per_job, known_models, mad_captions, trained_models
from modgap.zoo.sheet import read_models

check_config(config)

RESULTS = config["results"]
RESOURCES = config["resources"]
MODELS = trained_models(config)
EXPERIMENTS = list(config["experiments"])
# Rows of config/models.tsv whose embeddings somebody else made: they enter at measure.
OWN = {
    name: row
    for name, row in read_models("config/models.tsv").items()
    if row.kind == "embeddings"
}
CLOSE_UP = known_models(config["close_up"], MODELS, "close_up")
DATASETS = sorted({model.dataset for model in MODELS.values()})
# GPUs that a job of the train and embed stages asks for; profiles limit how many there are.
GPUS = gpus_per_job(config["device"])
RESAMPLED = {"resamples": config["statistics"]["resamples"], "seed": config["seed"]}
SOURCES = {"two_effects": "Two Effects, One Trigger"}


wildcard_constraints:
    model="|".join(MODELS),
    dataset="|".join(DATASETS),
    experiment="|".join(EXPERIMENTS),
    split="train|test",


def modules(script, *roots):
    """The package modules that a script (and further modules, named by dots) depends on."""
    here = Path(workflow.basedir) / "workflow"
    named = [
        here.joinpath("modgap", *root.split(".")).with_suffix(".py") for root in roots
    ]
    found = modules_of(here / "scripts" / f"{script}.py", *named)
    return [str(Path(path).relative_to(workflow.basedir)) for path in found]


def models_of(experiment):
    """Names of the models of an experiment."""
    return [name for name, model in MODELS.items() if model.experiment == experiment]


def embedded(models):
    """Embedding files of the given models, each on its own kind of captions."""
    return [
        f"{RESULTS}/embeddings/{model}/{MODELS[model].dataset}/{modality}.parquet"
        for model in models
        for modality in ("image", "text")
    ]


def close_up(table):
    """One table of each close-up model, as the measure stage writes them."""
    return [
        f"{RESULTS}/close_up/{model}/{MODELS[model].dataset}/{table}.parquet"
        for model in CLOSE_UP
    ]


def experiment_tables(*experiments):
    """The metric and model tables of experiments, as named inputs."""
    return {
        "metrics": expand(
            f"{RESULTS}/metrics/{{experiment}}.parquet", experiment=experiments
        ),
        "models": expand(
            f"{RESULTS}/models/{{experiment}}.csv", experiment=experiments
        ),
    }


def figure(source, name):
    """The files of a figure; the report shows the picture with its caption."""
    path = f"{RESULTS}/{source}/{name}"
    caption = f"../report/{source}/{name}.rst"
    labels = {"artifact": name}
    return {
        "pdf": f"{path}.pdf",
        "png": report(
            f"{path}.png", caption=caption, category=SOURCES[source], labels=labels
        ),
        "csv": f"{path}.csv",
    }


def table(source, name):
    """The files of a table; the report shows the numbers with their caption."""
    path = f"{RESULTS}/{source}/{name}"
    caption = f"../report/{source}/{name}.rst"
    labels = {"artifact": name}
    return {
        "csv": report(
            f"{path}.csv", caption=caption, category=SOURCES[source], labels=labels
        ),
        "md": f"{path}.md",
        "tex": f"{path}.tex",
    }
