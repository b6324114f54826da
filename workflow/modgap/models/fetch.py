"""From a row of models.tsv to a model folder that open_clip loads without a network.

The folder holds open_clip_config.json, open_clip_model.safetensors, the tokenizer's files if the
model has its own, and modgap.json. Weights are read with open_clip's own conversion and with
torch's `weights_only`, so nothing in a checkpoint is executed, and are saved as safetensors.
"""

import json
import os
import shutil
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

import open_clip
import torch
from huggingface_hub.errors import RevisionNotFoundError
from open_clip.constants import HF_CONFIG_NAME, HF_SAFE_WEIGHTS_NAME, HF_WEIGHTS_NAME
from open_clip.pretrained import get_pretrained_cfg

from modgap.downloads.hub import Snapshot, download, resolve
from modgap.errors import InputError
from modgap.formats.files import sha256, write_text
from modgap.formats.model_folder import (
    TEXT_TOWER,
    load_model,
    model_facts,
    write_weights,
)
from modgap.formats.preprocessing import check_two_towers, parse_model_config
from modgap.models.checksums import (
    Checksum,
    check_checksum,
    folder_sums,
    is_intact,
    read_checksum,
    write_checksum,
)
from modgap.models.declared import (
    PREPROCESSING,
    activation,
    differences,
    repository_entry,
    say,
    table_entry,
)
from modgap.models.folder import check_tokenizer, record_folder
from modgap.models.trial import check_runs
from modgap.models.unimodal import fetch_package
from modgap.study.model_folders import check_preprocessing
from modgap.study.models import ModelSource, check_open_clip

# What of a row decides a model folder, besides where its weights come from.
_MADE_AS = ("kind", "architecture", "pretrained", "preprocessing")
_TOKENIZER_FILES = (
    "tokenizer*",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.*",
    "merges.txt",
    "*.model",
    # Some tokenizers (BERT's) say only here which kind they are.
    "config.json",
)


def fetch_model(model: ModelSource, folder: str | os.PathLike, record: str | os.PathLike) -> dict:
    """Download a model into `folder`; returns what its modgap.json holds.

    The first download writes `record` (repository, commit, SHA-256 of the weights as served and of
    the files made of them); later ones take that commit unless the row names another revision, and
    must find the same checksum. Where `folder` still holds the recorded files and the row means
    them, nothing is downloaded: only modgap.json is written again, with the same bytes. A download
    that was cut short leaves its part in `.FOLDER.download` beside `folder`, and the next call goes
    on there. `folder` appears only when it is complete and was loaded once. Rows of kind
    folder and package have no record: see `record_folder` and `fetch_package`.

    What open_clip's table or the repository says beside the weights and the row does not follow (an
    activation, colours, resizing) is logged as a warning and kept in modgap.json as `differs`.

    Raises `InputError` naming model, repository and file.
    """
    if model.kind == "folder":
        return record_folder(model, folder)
    if model.kind == "package":
        return fetch_package(model, folder)
    if model.kind == "embeddings":
        raise InputError(f"model {model.model!r}: a row of kind embeddings has nothing to download")
    check_open_clip([model])
    folder, recorded = Path(folder), read_checksum(record)
    if recorded and _is_meant(model, recorded) and is_intact(folder, recorded):
        _write_facts(folder, recorded.facts)
        say(model.model, recorded.facts.get("differs", []))
        return recorded.facts
    parts = folder.with_name(f".{folder.name}.download")
    staged = folder.with_name(f".{folder.name}.new")
    snapshot, filename = _resolve(model, recorded, record)
    config = _config(model, snapshot, parts)
    check_preprocessing(model, config)
    differing = _differences(model, config, snapshot, parts)
    say(model.model, differing)
    weights = download(snapshot, filename, parts)
    source = Checksum(snapshot.repository, snapshot.commit, filename, sha256(weights))
    _check_weights(weights, source, model, recorded, record)
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    try:
        facts = _assemble(model, config, source, weights, parts, staged)
        facts |= {"activation": activation(config), "differs": differing}
        _write_facts(staged, facts)
        files = folder_sums(staged)
        shutil.rmtree(folder, ignore_errors=True)
        staged.rename(folder)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    # The commit of the first download stays, for rows that name none.
    write_checksum(record, replace(recorded or source, facts=facts, files=files))
    shutil.rmtree(parts)
    return facts


def _is_meant(model: ModelSource, recorded: Checksum) -> bool:
    """Whether the recorded folder is what the row asks for; a branch or tag is looked up."""
    made = recorded.facts.get("source", {})
    repository, filename = _source(model)
    same = [made.get(key) == getattr(model, key) for key in _MADE_AS]
    same += [made.get("repository") == repository, filename in ("", made.get("file"))]
    if not all(same) or model.sha256 not in ("", made["sha256"]):
        return False
    wanted = model.revision or recorded.commit
    return made["commit"] == wanted or made["commit"] == resolve(repository, wanted).commit


def _resolve(
    model: ModelSource, recorded: Checksum | None, record: str | os.PathLike
) -> tuple[Snapshot, str]:
    """The repository as it stands at the commit to take, and the name of its file of weights."""
    repository, filename = _source(model)
    if recorded and recorded.repository != repository:
        raise InputError(
            f"model {model.model!r}: models.tsv names the repository {repository}, but the first "
            f"download was from {recorded.repository} ({record}); delete the record if the change "
            "is meant"
        )
    try:
        snapshot = resolve(repository, model.revision or (recorded.commit if recorded else None))
    except InputError as error:
        if model.revision or not isinstance(error.__cause__, RevisionNotFoundError):
            raise
        raise InputError(
            f"{repository}: the commit of the first download, {recorded.commit} ({record}), is no "
            "longer there; delete the record to take what is there now"
        ) from error
    return snapshot, filename or _weights_file(model, snapshot)


def _check_weights(
    weights: Path,
    source: Checksum,
    model: ModelSource,
    recorded: Checksum | None,
    record: str | os.PathLike,
) -> None:
    try:
        check_checksum(source, model.sha256, recorded, record)
    except InputError:
        weights.unlink()
        raise


def _source(model: ModelSource) -> tuple[str, str]:
    """Repository and, if open_clip's table names one, file."""
    if model.hub_repository:
        return model.hub_repository, ""
    named = get_pretrained_cfg(model.architecture, model.pretrained).get("hf_hub", "")
    if not named:
        raise InputError(
            f"model {model.model!r}: open_clip knows no hub repository for this tag; name one in "
            "the column hub_repository"
        )
    # OWNER/NAME/ or OWNER/NAME/FILE, as in open_clip.pretrained.download_pretrained.
    return tuple(os.path.split(named))


def _weights_file(model: ModelSource, snapshot: Snapshot) -> str:
    for name in (HF_SAFE_WEIGHTS_NAME, HF_WEIGHTS_NAME):
        if name in snapshot.files:
            return name
    raise InputError(
        f"model {model.model!r}: {snapshot.repository} at {snapshot.commit} has neither "
        f"{HF_SAFE_WEIGHTS_NAME} nor {HF_WEIGHTS_NAME}, so it is no open_clip model; correct "
        "hub_repository or revision"
    )


def _assemble(
    model: ModelSource,
    config: dict,
    source: Checksum,
    weights: Path,
    parts: Path,
    staged: Path,
) -> dict:
    """Fill `staged`, load it as extraction will, and save what was loaded as safetensors."""
    text = config["model_cfg"]["text_cfg"]
    taken = _fetch_text_files(text, parts, staged)
    if text.get("hf_model_name"):
        text |= {"hf_model_name": TEXT_TOWER, "hf_model_pretrained": False}
    write_text(staged / HF_CONFIG_NAME, json.dumps(config, indent=2) + "\n")
    checkpoint = staged / weights.name
    checkpoint.symlink_to(weights.resolve())
    where = f"{source.repository}/{source.file}"
    loaded = _load(staged, where)
    checkpoint.unlink()
    check_runs(loaded, config, check_tokenizer(staged, text), where)
    digest = write_weights(staged / HF_SAFE_WEIGHTS_NAME, loaded)
    facts = model_facts(model.model, loaded, config, digest)
    served = {key: getattr(source, key) for key in ("repository", "commit", "file", "sha256")}
    facts["source"] = {key: getattr(model, key) for key in _MADE_AS} | served | taken
    return facts


def _write_facts(folder: Path, facts: dict) -> None:
    write_text(folder / "modgap.json", json.dumps(facts, indent=2) + "\n")


def _config(model: ModelSource, snapshot: Snapshot, parts: Path) -> dict:
    if model.kind == "hub":
        return _repository_config(snapshot, parts)
    config = open_clip.get_model_config(model.architecture)
    if model.pretrained == "openai":
        # OpenAI's weights mean QuickGELU whatever the name of the architecture. open_clip's loader
        # for them saw to that up to version 2; version 3 only warns, and every number would differ.
        config["quick_gelu"] = True
    tag = get_pretrained_cfg(model.architecture, model.pretrained)
    return {"model_cfg": config, "preprocess_cfg": {key: tag[key] for key in PREPROCESSING}}


def _repository_config(snapshot: Snapshot, parts: Path) -> dict:
    path = download(snapshot, HF_CONFIG_NAME, parts)
    where = f"{snapshot.repository}/{HF_CONFIG_NAME}"
    config = parse_model_config(path, where)
    check_two_towers(config, where)
    return config


def _differences(model: ModelSource, config: dict, snapshot: Snapshot, parts: Path) -> list[str]:
    """What a row of kind open_clip is loaded with against what lies beside its weights."""
    if model.kind == "hub":
        return []
    table = table_entry(model.architecture, model.pretrained)
    differing = differences(config, table, f"open_clip's table for the tag {model.pretrained!r}")
    if HF_CONFIG_NAME in snapshot.files:
        beside = repository_entry(_repository_config(snapshot, parts))
        # Where both say it, the table has the word: it is nearer to open_clip's own loader.
        differing = (
            differences(config, beside, f"{snapshot.repository}/{HF_CONFIG_NAME}") | differing
        )
    return list(differing.values())


def _fetch_text_files(text: dict, parts: Path, staged: Path) -> dict[str, str]:
    """The tokenizer, and the configuration of a text tower that transformers builds.

    Returns where they came from, each as REPOSITORY@COMMIT.
    """
    tokenizer, tower = text.get("hf_tokenizer_name"), text.get("hf_model_name")
    taken = {}
    if tokenizer:
        snapshot = resolve(tokenizer)
        names = [name for name in snapshot.files if _is_tokenizer_file(name)]
        if not set(names) - {"config.json"}:
            raise InputError(f"{tokenizer} at {snapshot.commit}: no tokenizer files")
        for name in names:
            shutil.copyfile(download(snapshot, name, parts), staged / name)
        taken["tokenizer"] = f"{tokenizer}@{snapshot.commit}"
    if tower:
        (staged / TEXT_TOWER).mkdir()
        snapshot = resolve(tower)
        path = download(snapshot, "config.json", parts)
        shutil.copyfile(path, staged / TEXT_TOWER / "config.json")
        taken["text_tower"] = f"{tower}@{snapshot.commit}"
    return taken


def _is_tokenizer_file(name: str) -> bool:
    # Code beside a tokenizer (tokenizer_x.py) stays where it is.
    wanted = any(fnmatch(name, pattern) for pattern in _TOKENIZER_FILES)
    return wanted and "/" not in name and not name.endswith((".py", ".pyc", ".so"))


def _load(staged: Path, where: str) -> torch.nn.Module:
    try:
        return load_model(staged)
    except InputError as error:
        raise InputError(
            f"{where}: {error}. In models.tsv, check architecture, hub_repository and revision"
        ) from error
