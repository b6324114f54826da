"""The study that the configuration declares, checked before anything runs, and what rules share."""

import re
import sys
from dataclasses import asdict
from pathlib import Path

# This checkout's package, whatever another one an environment has installed.
HERE = Path(workflow.basedir) / "workflow"
sys.path.insert(0, str(HERE))

from modgap.runtime.checkout import prefer_package
from modgap.runtime.gpu import gpus_per_job
from modgap.runtime.threads import beside_others
from modgap.study.config_files import check_start
from modgap.study.dependencies import modules_of
from modgap.study.study import Study

prefer_package(HERE)
check_start(workflow.basedir, workflow.configfiles if workflow.is_main_process else ())
study = Study.of(config, Path(workflow.basedir) / "config")
CONFIDENCE = study.config.statistics.confidence
RESAMPLED = {
    "confidence": CONFIDENCE,
    "resamples": study.config.statistics.resamples,
    "seed": study.config.seed,
}
ABOVE_CHANCE = {"above_chance": study.config.statistics.above_chance}

if workflow.is_main_process:
    for artifact, reason in study.absent.items():
        logger.info(f"{artifact} is not in this study: {reason}")


def one_of(names):
    """Wildcard constraint: one of these names; an empty alternative would match anything."""
    return "|".join(map(re.escape, names)) or "(?!)"


wildcard_constraints:
    model=one_of(study.models),
    dataset=one_of({*study.manifests, *(dataset for _, dataset in study.measured)}),
    experiment=one_of(study.experiments),
    split="train|test",


def modules(script, *roots):
    """The package modules that a script (and further modules, named by dots) depends on."""
    named = [
        HERE.joinpath("modgap", *root.split(".")).with_suffix(".py") for root in roots
    ]
    paths = modules_of(HERE / "scripts" / f"{script}.py", *named)
    return [str(Path(path).relative_to(workflow.basedir)) for path in paths]


def gpus(wildcards):
    """GPUs that a job of the train and embed stages asks for; profiles limit how many there are."""
    return gpus_per_job(study.config.device)


def again(mib):
    """MiB that a job may need, and as much again each time that it is tried."""
    return lambda wildcards, attempt: mib * attempt


def memory(trained, other):
    """MiB that a job of a model may need: of one trained here, of any other."""
    return lambda wildcards, attempt: study.memory(
        wildcards.model, trained, other, attempt
    )
