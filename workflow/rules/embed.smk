"""The embed stage: model × manifest → image.parquet, text.parquet.

Inputs: model folders, manifests. Outputs: <results>/embeddings/<model>/<dataset>/.
"""


localrules:
    embeddings,


rule embeddings:
    """All embeddings of the study."""
    input:
        [
            f"{RESULTS}/embeddings/{model}/{dataset}/{modality}.parquet"
            for model, dataset in PLAN.embedded
            for modality in ("image", "text")
        ],


rule pixels:
    """The images of a real data set, decoded and resized once for all models that want them so."""
    input:
        images=f"{RESULTS}/data/{{dataset}}/images.parquet",
        code=modules("pixels"),
    output:
        f"{RESULTS}/pixels/{{dataset}}/{{preprocessing}}/cache.json",
    log:
        f"{RESULTS}/logs/pixels/{{dataset}}/{{preprocessing}}.log",
    wildcard_constraints:
        preprocessing="[0-9a-z-]+",
    conda:
        "../../envs/torch.yaml"
    threads: workflow.cores
    resources:
        mem_mb=4000,
    script:
        "../scripts/pixels.py"


rule embed:
    """Embed the images and texts of one data set with one model."""
    input:
        # It holds the SHA-256 of the weights, which are compared with it when they are loaded.
        model=lambda wildcards: f"{model_folder(wildcards.model)}/modgap.json",
        images=f"{RESULTS}/data/{{dataset}}/images.parquet",
        texts=f"{RESULTS}/data/{{dataset}}/texts.parquet",
        pixels=lambda wildcards: pixels_of(wildcards.model, wildcards.dataset),
        code=modules("embed"),
    output:
        images=f"{RESULTS}/embeddings/{{model}}/{{dataset}}/image.parquet",
        texts=f"{RESULTS}/embeddings/{{model}}/{{dataset}}/text.parquet",
    log:
        f"{RESULTS}/logs/embed/{{model}}/{{dataset}}.log",
    conda:
        "../../envs/torch.yaml"
    # One thread gives a trained model's embeddings the same bits on every machine.
    threads: lambda wildcards: 4 if wildcards.model in PRETRAINED else 1
    resources:
        gpu=GPUS,
        mem_mb=lambda wildcards, attempt: memory(wildcards.model, 1500, 16000, attempt),
    params:
        device=config["device"],
        extraction=config["extraction"],
        token_folder=f"{RESULTS}/tokens",
    script:
        "../scripts/embed.py"
