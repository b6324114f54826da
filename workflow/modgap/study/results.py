"""The study that a results folder is of."""

from pathlib import Path

import yaml

from modgap.errors import InputError
from modgap.study.artifacts import PACKAGE
from modgap.study.study import Study

SHEETS = PACKAGE.parents[1] / "config"


def read_study(results: Path) -> Study:
    """The study that a results folder is of, by its study.yaml.

    Raises `InputError` where that file is missing or cannot be read, or without the repository.
    """
    if not SHEETS.is_dir():
        raise InputError(
            "this modgap is installed apart from its repository, whose config/ and workflow/ say "
            "what a study holds; run it in a clone (python -m modgap, or pip install -e .)"
        )
    path = results / "study.yaml"
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise InputError(
            f"{path}: no configuration of a study ({error}); expected the results folder of a "
            "study, in which `snakemake facts` writes it"
        ) from error
    # The board is read as it stands; a second study's folder may have gone since.
    return Study.of({**config, "second": ""}, SHEETS)
