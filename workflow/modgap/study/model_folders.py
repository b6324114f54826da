"""Model folders of the user's own, as far as they are looked at before anything runs.

Read at every start of Snakemake: nothing but their configuration, no pandas, no torch.
"""

from pathlib import Path

from modgap.errors import InputError
from modgap.formats.folder_files import place_of, settings_files, weights_file
from modgap.formats.preprocessing import Preprocessing, read_model_config
from modgap.study.models import ModelRow, ModelSource


def place_of_row(model: ModelSource | ModelRow) -> Path:
    """Where the files of a row of kind folder lie; `InputError` if there is no such folder."""
    place = place_of(Path(model.folder).expanduser().absolute())
    if not place.is_dir():
        wrong = f"{place} is a file" if place.is_file() else f"no folder {place}"
        raise InputError(f"model {model.model!r}: {wrong}; correct the column folder of models.tsv")
    return place


def check_given_folder(model: ModelSource | ModelRow) -> None:
    """Raise `InputError` for what can be seen of a row's folder without loading the model.

    That is one that is not there or has no configuration or weights, and a configuration that asks
    for another preprocessing than the row: pictures would be prepared in vain.
    """
    place = place_of_row(model)
    check_preprocessing(model, read_model_config(place))
    weights_file(place)


def given_folder_files(model: ModelSource | ModelRow) -> list[str]:
    """The files of a row's folder that decide its embeddings: weights, configuration, tokenizer.

    What else lies there (a log, a README) may change. None where `check_given_folder` raises.
    """
    try:
        check_given_folder(model)
    except InputError:
        return []
    place = place_of_row(model)
    return [str(path) for path in (weights_file(place), *settings_files(place).values())]


def check_preprocessing(model: ModelSource | ModelRow, config: dict) -> None:
    """Raise `InputError` if a row names another preprocessing than its model's configuration."""
    own = Preprocessing.of_config(config).key
    if own != model.preprocessing:
        raise InputError(
            f"model {model.model!r}: models.tsv says preprocessing {model.preprocessing}, but the "
            f"model's own configuration says {own}; write {own} in the column preprocessing of "
            "this row"
        )
