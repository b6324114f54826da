"""The embed stage: model × manifest → image.parquet, text.parquet.

Inputs: model folders, manifests; or files of embeddings that somebody else made. Outputs:
<results>/embeddings/<model>/<dataset>/.
"""

EMBEDDED = [name for name, model in study.models.items() if model.kind != "embeddings"]
IMPORTED = [name for name, model in study.models.items() if model.kind == "embeddings"]


localrules:
    embeddings,


rule embeddings:
    """All embeddings of the study."""
    input:
        [
            f"<results>/embeddings/{model}/{dataset}/{modality}.parquet"
            for model, dataset in study.embedded
            for modality in ("image", "text")
        ],


rule pixels:
    """The images of a data set, decoded and resized once for all models that want them so."""
    input:
        images="<results>/data/{dataset}/images.parquet",
        code=modules("pixels"),
    output:
        "<results>/pixels/{dataset}/{preprocessing}/cache.json",
    log:
        "<results>/logs/pixels/{dataset}/{preprocessing}.log",
    wildcard_constraints:
        preprocessing="[0-9a-z-]+",
    # Training waits for it.
    priority: 50
    conda:
        "../../envs/torch.yaml"
    threads: beside_others(8, workflow)
    resources:
        mem_mb=again(4000),
    script:
        "../scripts/pixels.py"


rule embed:
    """Embed the images and texts of one data set with one model."""
    input:
        # It holds the SHA-256 of the weights, which are compared with it when they are loaded.
        model=lambda wildcards: f"{study.folder(wildcards.model)}/modgap.json",
        images="<results>/data/{dataset}/images.parquet",
        texts="<results>/data/{dataset}/texts.parquet",
        # An encoder of texts alone has none.
        pixels=lambda wildcards: study.pixels(wildcards.model, wildcards.dataset) or [],
        code=modules("embed"),
    output:
        images="<results>/embeddings/{model}/{dataset}/image.parquet",
        texts="<results>/embeddings/{model}/{dataset}/text.parquet",
    log:
        "<results>/logs/embed/{model}/{dataset}.log",
    wildcard_constraints:
        model=one_of(EMBEDDED),
    conda:
        "../../envs/torch.yaml"
    # One thread gives embeddings the same bits on every machine: a trained model's, and those that
    # a model's training is told of.
    threads:
        lambda wildcards: (
            1 if study.in_one_thread(wildcards.model) else beside_others(4, workflow)
        )
    resources:
        gpu=gpus,
        mem_mb=memory(2500, 16000),
    params:
        device=study.config.device,
        extraction=study.config.extraction.model_dump(),
        # Snakemake fills in <results> in files alone.
        token_folder=f"{study.config.results}/tokens",
    script:
        "../scripts/embed.py"


# What a loss is told of training items comes before training, all else after it. On a cluster the jobs
# of one rule go together, and no group may wait for a job that waits for the group.
use rule embed as embed_told with:
    wildcard_constraints:
        model=one_of({model for model, _ in study.told}),
        dataset=one_of({dataset for _, dataset in study.told}),
    # Training waits for it.
    priority: 50


ruleorder: embed_told > embed


rule import_embeddings:
    """Embeddings that somebody else made, in the form that the study's own have."""
    input:
        files=lambda wildcards: study.embedding_inputs(wildcards.model),
        code=modules("import_embeddings"),
    output:
        images="<results>/embeddings/{model}/{dataset}/image.parquet",
        texts="<results>/embeddings/{model}/{dataset}/text.parquet",
    log:
        "<results>/logs/import_embeddings/{model}/{dataset}.log",
    wildcard_constraints:
        model=one_of(IMPORTED),
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000, 8000),
    params:
        files=lambda wildcards: study.embedding_cells(wildcards.model),
        sha256=lambda wildcards: study.models[wildcards.model].row.sha256,
        state=lambda wildcards: study.given_state(wildcards.model),
    script:
        "../scripts/import_embeddings.py"


rule noise:
    """How narrow the cones of an experiment's models are on noise."""
    input:
        models=lambda wildcards: study.facts(wildcards.experiment),
        code=modules("noise"),
    output:
        "<results>/noise/{experiment}.parquet",
    log:
        "<results>/logs/noise/{experiment}.log",
    conda:
        "../../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=again(4000),
    params:
        drawn=50,
        seed=study.config.seed,
    script:
        "../scripts/noise.py"


rule initialisations:
    """An experiment's random initialisations on one data set together; no model is kept."""
    input:
        images=lambda wildcards: study.pooled(wildcards.experiment)["images"],
        pixels=lambda wildcards: study.pooled(wildcards.experiment)["pixels"],
        code=modules("initialisations"),
    output:
        "<results>/initialisations/{experiment}.parquet",
    log:
        "<results>/logs/initialisations/{experiment}.log",
    conda:
        "../../envs/torch.yaml"
    threads: 1
    resources:
        gpu=gpus,
        mem_mb=again(4000),
    params:
        models=lambda wildcards: study.pooled(wildcards.experiment)["models"],
        device=study.config.device,
        seed=study.config.seed,
    script:
        "../scripts/initialisations.py"
