"""The configuration, checked before anything runs, and the paths that rules share."""

from modgap.config import check_config
from modgap.dependencies import modules_of
from modgap.studies import mad_captions, trained_models

check_config(config)

RESULTS = config["results"]
RESOURCES = config["resources"]
MODELS = trained_models(config)
EXPERIMENTS = list(config["experiments"])
DATASETS = sorted({model.dataset for model in MODELS.values()})


wildcard_constraints:
    model="|".join(MODELS),
    dataset="|".join(DATASETS),
    experiment="|".join(EXPERIMENTS),
    split="train|test",


def modules(script, *roots):
    """The package modules that a script (and further modules, named by dots) depends on."""
    here = Path(workflow.basedir) / "workflow"
    named = [here / "modgap" / (root.replace(".", "/") + ".py") for root in roots]
    found = modules_of(here / "scripts" / f"{script}.py", *named)
    return [str(Path(path).relative_to(workflow.basedir)) for path in found]


def models_of(experiment):
    """Names of the models of an experiment."""
    return [name for name, model in MODELS.items() if model.experiment == experiment]
