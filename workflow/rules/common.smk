"""The configuration, checked before anything runs, and the paths that rules share."""

from dataclasses import asdict

from modgap.study.config import check_config
from modgap.study.datasets import read_datasets
from modgap.study.dependencies import modules_of
from modgap.study.plan import (
    check_folders,
    check_names,
    check_roles,
    close_up_models,
    plan_of,
)
from modgap.study.experiments import gpus_per_job, mad_captions, trained_models
from modgap.study.models import chosen_models, read_models

check_config(config)

RESULTS = config["results"]
RESOURCES = config["resources"]
# An experiment that a study sets to null is left out, and its artifacts with it.
GRIDS = {name: grid for name, grid in config["experiments"].items() if grid is not None}
MODELS = trained_models({**config, "experiments": GRIDS})
SHEET = read_models("config/models.tsv")
PRETRAINED = chosen_models(
    SHEET, config["pretrained"]["models"], config["pretrained"]["except"]
)
# Rows of config/models.tsv whose embeddings somebody else made: they enter at measure.
OWN = {name: row for name, row in SHEET.items() if row.kind == "embeddings"}
DATASET_SHEET = "config/datasets.tsv"
DATASETS = read_datasets(DATASET_SHEET)
check_roles(config["pretrained"], DATASETS)
check_folders(config["folders"], DATASETS)
check_names("skip_bad", config["skip_bad"], DATASETS)
# The data sets of the scores; without pretrained models the scores are MAD's.
ROLES = {
    role: config["pretrained"][role] if PRETRAINED else ""
    for role in ("retrieval", "classification", "attributes")
}
CLOSE_UP = close_up_models(config["close_up"], MODELS, PRETRAINED)
PLAN = plan_of(MODELS, PRETRAINED, CLOSE_UP, config["pretrained"])
EXPERIMENTS = [*GRIDS, "pretrained"] if PRETRAINED else list(GRIDS)
# The models that the correlations are over: the pretrained ones if there are any.
ZOO = "pretrained" if PRETRAINED else "zoo"
# GPUs that a job of the train and embed stages asks for; profiles limit how many there are.
GPUS = gpus_per_job(config["device"])
# Memory that MAD takes: gray training items, coloured test items, 28 x 28 pixels each.
MAD_MB = (config["mad"]["train_items"] + 3 * config["mad"]["test_items"]) * 784 // 2**20
CONFIDENCE = {"confidence": config["statistics"]["confidence"]}
RESAMPLED = CONFIDENCE | {
    "resamples": config["statistics"]["resamples"],
    "seed": config["seed"],
}
TABLE_PATHS = {
    "metrics": "metrics/{experiment}.parquet",
    "models": "models/{experiment}.csv",
}
SOURCES = {"two_effects": "Two Effects, One Trigger"}


def one_of(names):
    """Wildcard constraint: one of these names; an empty alternative would match anything."""
    return "|".join(map(re.escape, names)) or "(?!)"


wildcard_constraints:
    model=one_of([*MODELS, *PRETRAINED]),
    dataset=one_of(PLAN.datasets),
    experiment=one_of(EXPERIMENTS),
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
    if experiment == "pretrained":
        return list(PRETRAINED)
    return [name for name, model in MODELS.items() if model.experiment == experiment]


def model_folder(model):
    """Downloads are shared between studies; trained models are the study's own."""
    return f"{RESOURCES if model in PRETRAINED else RESULTS}/models/{model}"


def pixels_of(model, dataset):
    """What embed reads images from: MAD's own array, or the cache that the model can share."""
    if dataset not in DATASETS:
        return f"{RESULTS}/data/mad/test/pixels.npy"
    return f"{RESULTS}/pixels/{dataset}/{PRETRAINED[model].preprocessing}/cache.json"


def dataset_folder(dataset):
    """Where a real data set lies: as configured, else where it is downloaded to."""
    row = DATASETS[dataset]
    return config["folders"].get(row.folder) or f"{RESOURCES}/datasets/{row.folder}"


def download_source(dataset):
    """The cells of a data set's row that decide its download."""
    keys = ("dataset", "folder", "download", "source", "md5", "members")
    return {key: getattr(DATASETS[dataset], key) for key in keys}


def manifest_source(dataset):
    """The cells of a data set's row that decide its manifest."""
    keys = ("dataset", "adapter", "split", "classes", "images", "texts")
    return {key: getattr(DATASETS[dataset], key) for key in keys}


def pretrained_rows():
    """The rows of the models; a model that the study names itself is never a dropped one."""
    named = config["pretrained"]["models"] != "paper"
    return [asdict(row) | {"kept": row.kept or named} for row in PRETRAINED.values()]


def downloads_of(dataset):
    """The download that a real data set needs: none where a folder is configured."""
    row = DATASETS[dataset]
    if config["folders"].get(row.folder) or row.download == "no":
        return []
    return [f"{RESOURCES}/datasets/{row.folder}/{dataset}.json"]


def memory(model, trained, pretrained, attempt):
    """MiB that a job may need; three times as much when it is tried again, for the largest models."""
    if model in MODELS:
        return trained + 2 * MAD_MB
    return pretrained * 3 ** (attempt - 1)


def measured(experiment):
    """The metric tables of an experiment's models, one per data set."""
    models = set(models_of(experiment))
    return [
        f"{RESULTS}/metrics/{model}/{dataset}.parquet"
        for model, dataset in PLAN.measured
        if model in models
    ]


def close_up(table, pairs):
    """One table of each close-up (model, data set), as the measure stage writes them."""
    return [
        f"{RESULTS}/close_up/{model}/{dataset}/{table}.parquet"
        for model, dataset in pairs
    ]


def experiment_tables(*experiments, known=True):
    """The metric and model tables of experiments; nothing where the study leaves one out."""
    whole = known and set(experiments) <= set(EXPERIMENTS)
    return {
        name: expand(f"{RESULTS}/{path}", experiment=experiments) if whole else []
        for name, path in TABLE_PATHS.items()
    }


def scored(*roles):
    """Whether the zoo is there and was measured for one of these roles; MAD serves all of them."""
    return ZOO in EXPERIMENTS and (not PRETRAINED or any(ROLES[role] for role in roles))


def pool_tables():
    """The tables of the models trained on filtered pools."""
    pools = any(row.commonpool_scale for row in PRETRAINED.values())
    if PRETRAINED:
        return experiment_tables("pretrained", known=pools)
    return experiment_tables("pools")


def correlations(table):
    """A correlation table over the zoo, if the study has scores."""
    known = scored("retrieval", "classification")
    return {"correlations": [f"{RESULTS}/stats/{table}.csv"] if known else []}


def shown(artifacts):
    """The artifacts that the study declares all inputs of."""
    return {name: files for name, files in artifacts.items() if all(files.values())}


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
