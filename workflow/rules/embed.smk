"""The embed stage: model × manifest → image.parquet, text.parquet.

Inputs: model folders, manifests. Outputs: <results>/embeddings/<model>/<dataset>/.
"""


localrules:
    embeddings,


def embedded(models, name="{modality}.parquet"):
    """Embedding files of the given models, each on its own kind of captions."""
    return [
        f"{RESULTS}/embeddings/{model}/{MODELS[model].dataset}/{modality}.parquet"
        for model in models
        for modality in ("image", "text")
    ]


rule embeddings:
    """All embeddings of the study."""
    input:
        embedded(MODELS),


rule embed:
    """Embed the images and texts of one data set with one model."""
    input:
        model=rules.train.output.facts,
        weights=rules.train.output.weights,
        images=rules.manifest.output.images,
        texts=rules.manifest.output.texts,
        pixels=RESULTS + "/data/mad/test/pixels.npy",
        code=modules("embed"),
    output:
        images=RESULTS + "/embeddings/{model}/{dataset}/image.parquet",
        texts=RESULTS + "/embeddings/{model}/{dataset}/text.parquet",
    log:
        RESULTS + "/logs/embed/{model}/{dataset}.log",
    threads: 1
    resources:
        gpu=GPUS,
        mem_mb=1500,
    params:
        device=config["device"],
        extraction=config["extraction"],
    script:
        "../scripts/embed.py"
