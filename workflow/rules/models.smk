"""The models stage: declared models → model folders that open_clip loads, and what they are.

Outputs: <resources>/models/<model>/ with the weights, the configuration, the tokenizer and
modgap.json; <resources>/checksums/<model>.json, what was downloaded the first time;
<results>/models/<experiment>.csv. Models that are trained here come from the train stage.
"""

FETCHED = [
    name
    for name, model in study.models.items()
    if model.kind in ("open_clip", "hub", "package")
]
FOLDERS = [name for name, model in study.models.items() if model.kind == "folder"]
DOWNLOADED = {
    model.row.download_name: model.row
    for model in study.models.values()
    if model.kind == "embeddings" and model.row.is_download
}
RANDOM = [name for name, model in study.models.items() if model.kind == "random"]


localrules:
    models,
    fetch_model,
    record_folder,
    fetch_embeddings,
    model_table,


rule models:
    """All models of the study; random weights are made where they are used."""
    input:
        [
            f"{study.folder(name)}/modgap.json"
            for name, model in study.models.items()
            if model.kind not in ("embeddings", "random")
        ],


rule fetch_model:
    """Download one model of the sheet; what it needs is its own row, whatever else is there."""

    # No code among the input: a model is not downloaded again because a line of ours changed.
    # Of the folder only this one file: Snakemake deletes what it knows of before a job, and weights
    # that are still what the record says shall stay.
    output:
        "<resources>/models/{model}/modgap.json",
    log:
        "<results>/logs/fetch_model/{model}.log",
    wildcard_constraints:
        model=one_of(FETCHED),
    # Training may wait for what it embeds.
    priority: 60
    conda:
        "../../envs/torch.yaml"
    resources:
        download=1,
    params:
        row=lambda wildcards: asdict(study.models[wildcards.model].row.source()),
        # Snakemake fills in <resources> in files alone.
        record=lambda wildcards: f"{study.config.resources}/checksums/{wildcards.model}.json",
    script:
        "../scripts/fetch_model.py"


# A folder of the user's own, which may be edited, or another one put in its place.
use rule fetch_model as record_folder with:
    input:
        given=lambda wildcards: study.given_files(wildcards.model),
    wildcard_constraints:
        model=one_of(FOLDERS),
    params:
        row=lambda wildcards: asdict(study.models[wildcards.model].row.source()),
        record=lambda wildcards: f"{study.config.resources}/checksums/{wildcards.model}.json",
        state=lambda wildcards: study.given_state(wildcards.model),


rule fetch_embeddings:
    """Embeddings that somebody published; what arrives has the declared SHA-256."""
    output:
        "<resources>/embeddings/{published}",
    log:
        "<results>/logs/fetch_embeddings/{published}.log",
    wildcard_constraints:
        published=one_of(DOWNLOADED),
    conda:
        "../../envs/data.yaml"
    resources:
        download=1,
    params:
        address=lambda wildcards: DOWNLOADED[wildcards.published].image_embeddings,
        sha256=lambda wildcards: DOWNLOADED[wildcards.published].sha256,
    script:
        "../scripts/fetch_embeddings.py"


rule random_model:
    """An architecture with random weights, as a model folder."""
    input:
        code=modules("random_model"),
    output:
        "<resources>/models/{model}/modgap.json",
    log:
        "<results>/logs/random_model/{model}.log",
    wildcard_constraints:
        model=one_of(RANDOM),
    conda:
        "../../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=again(4000),
    params:
        architecture=lambda wildcards: study.models[wildcards.model].architecture,
        seed=lambda wildcards: study.models[wildcards.model].seed,
    script:
        "../scripts/random_model.py"


rule model_table:
    """What the models of one experiment are: one row each."""
    input:
        facts=lambda wildcards: study.facts(wildcards.experiment),
        code=modules("model_table"),
    output:
        "<results>/models/{experiment}.csv",
    log:
        "<results>/logs/model_table/{experiment}.log",
    conda:
        "../../envs/torch.yaml"
    params:
        models=lambda wildcards: study.rows(wildcards.experiment),
        medium_at_most=study.config.groups.medium_at_most,
    script:
        "../scripts/model_table.py"
