"""A results folder as a Workflow Run RO-Crate: ro-crate-metadata.json beside the results."""

import json
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from modgap.formats.files import sha256, whole_file, write_text
from modgap.formats.tables import read_frames
from modgap.study.artifacts import PACKAGE
from modgap.study.study import Study

METADATA = "ro-crate-metadata.json"
SNAKEFILE = "workflow/Snakefile"
LICENCE = "https://spdx.org/licenses/MIT"
AUTHOR = "The modgap maintainers"
# https://www.researchobject.org/workflow-run-crate/profiles/
_PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
# A term of that profile's own vocabulary.
_TERMS = {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}
_FORMATS = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".md": "text/markdown",
    ".parquet": "application/vnd.apache.parquet",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".tex": "application/x-tex",
    ".yaml": "application/yaml",
}
# Folders too large to list file by file.
_FOLDERS = {
    "data": "Data sets: one row per image, one per text.",
    "models": "The models that were trained, as open_clip folders, with their histories.",
    "embeddings": "Embeddings of every model on every data set.",
    "metrics": "Metrics of every model on every data set, with intervals.",
    "looks": "Tables of one model on one data set beyond its metrics.",
    "simulations": "Tables made of settings and a seed.",
    "stats": "Correlations over many models.",
    "logs": "The log of every job.",
}


def write_crate(results: Path, study: Study) -> None:
    """Describe a finished study's folder by the Workflow Run Crate profile, version 0.5.

    Parameters
    ----------
    results
        The folder: every artifact, the pages, study.yaml and versions.csv are files of the crate,
        each with its size and SHA-256; models, embeddings and the like are its folders. Those that
        are not there are left out. A copy of the Snakefile, the crate's main entity, is written
        beside them.
    study
        The study that it is of.
    """
    versions = _versions(results / "versions.csv")
    with whole_file(results / SNAKEFILE) as partial:
        shutil.copyfile(PACKAGE.parents[1] / "Snakefile", partial)
    # The profile builds on this version of RO-Crate.
    crate = ROCrate(version="1.1")
    crate.metadata.extra_terms = dict(_TERMS)
    files = [_file(crate, results, *each) for each in _listed(study, results)]
    for name, description in _FOLDERS.items():
        if (results / name).is_dir():
            about = {"name": name, "description": description}
            crate.add_dataset(dest_path=f"{name}/", properties=about)
    configuration = next(file for file in files if file.id == "study.yaml")
    results_of_run = [file for file in files if file is not configuration]
    _describe(crate, study, versions, _last_change(results, results_of_run))
    workflow = _workflow(crate, versions)
    crate.add_action(
        workflow,
        identifier="#run",
        object=configuration,
        result=results_of_run,
        properties={
            "name": f"Run of study {study.config.study}",
            "description": "Everything in this folder, out of the configuration.",
            "endTime": crate.root_dataset["datePublished"],
            "actionStatus": "http://schema.org/CompletedActionStatus",
        },
    )
    crate.root_dataset["mentions"] = crate.dereference("#run")
    text = json.dumps(crate.metadata.generate(), indent=2, ensure_ascii=False)
    write_text(results / METADATA, text + "\n")


def _listed(study: Study, results: Path) -> list[tuple[str, str]]:
    """Path in the folder and what it is, of every file that is there."""
    files = {
        "study.yaml": "The configuration of the study.",
        "versions.csv": "The commit and the packages that computed the numbers.",
        "index.html": "The page to read: claims, figures, models.",
        "report.html": "Snakemake's report.",
    }
    for artifact in study.artifacts.values():
        declared = artifact.declaration
        title = f"{study.sources[declared.source]}: {declared.name}"
        files |= {path.replace("<results>/", ""): title for path in artifact.outputs.values()}
    files |= {f"metrics/{name}.parquet": f"Metrics of experiment {name}" for name in study.tabled}
    return [(path, what) for path, what in files.items() if (results / path).is_file()]


def _file(crate: ROCrate, results: Path, name: str, what: str) -> Any:
    path = results / name
    about = {
        "name": name,
        "description": what,
        "encodingFormat": _FORMATS[path.suffix],
        "contentSize": str(path.stat().st_size),
        "sha256": sha256(path),
    }
    return crate.add_file(dest_path=name, properties=about)


def _versions(path: Path) -> Mapping[str, str]:
    frame = read_frames([path]).fillna("")
    return {row["name"]: str(row["version"]) for row in frame.to_dict("records")}


def _last_change(results: Path, files: list) -> str:
    """When the run ended: the time of the newest of its files."""
    newest = max(int((results / file.id).stat().st_mtime) for file in files)
    return datetime.fromtimestamp(newest, UTC).isoformat()


def _describe(crate: ROCrate, study: Study, versions: Mapping[str, str], time: str) -> None:
    crate.name = f"modgap: results of study {study.config.study}"
    crate.description = (
        "Figures, tables, metrics and the board of claims of a study of the modality gap in "
        f"vision-language models, made by one Snakemake workflow at commit "
        f"{versions.get('commit') or 'unknown'}."
    )
    licence = ContextEntity(crate, LICENCE, {"@type": "CreativeWork", "name": "MIT License"})
    crate.license = crate.add(licence)
    crate.root_dataset["datePublished"] = time
    profiles = [
        crate.add(ContextEntity(crate, address, {"@type": "CreativeWork", "name": name}))
        for address, name in _PROFILES.items()
    ]
    for profile in profiles:
        profile["version"] = profile.id.rsplit("/", 1)[1]
    crate.root_dataset["conformsTo"] = profiles


def _workflow(crate: ROCrate, versions: Mapping[str, str]) -> Any:
    author = ContextEntity(crate, "#maintainers", {"@type": "Organization", "name": AUTHOR})
    packages = [
        crate.add(
            ContextEntity(
                crate,
                f"#{name}",
                {"@type": "SoftwareApplication", "name": name, "version": version},
            )
        )
        for name, version in versions.items()
        if name != "commit"
    ]
    profiles = crate.root_dataset["conformsTo"]
    workflow = crate.add_workflow(
        dest_path=SNAKEFILE,
        main=True,
        lang="snakemake",
        properties={
            "name": "modgap",
            "encodingFormat": "text/plain",
            "description": "The modality gap in vision-language models as one Snakemake workflow; "
            "this is its main file.",
            "version": versions.get("commit") or "unknown",
        },
    )
    # rocrate replaces what the crate conforms to.
    crate.root_dataset["conformsTo"] = profiles
    workflow["author"] = crate.add(author)
    workflow["license"] = crate.dereference(LICENCE)
    workflow["softwareRequirements"] = packages
    return workflow
