"""The embed stage: model × manifest → image.parquet, text.parquet.

Inputs: model folders, manifests. Outputs: <results>/embeddings/<model>/<dataset>/.
"""


localrules:
    embeddings,


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
        pixels=f"{RESULTS}/data/mad/test/pixels.npy",
        code=modules("embed"),
    output:
        images=f"{RESULTS}/embeddings/{{model}}/{{dataset}}/image.parquet",
        texts=f"{RESULTS}/embeddings/{{model}}/{{dataset}}/text.parquet",
    log:
        f"{RESULTS}/logs/embed/{{model}}/{{dataset}}.log",
    conda:
        "../../envs/torch.yaml"
    threads: 1
    resources:
        gpu=GPUS,
        mem_mb=1500,
    params:
        device=config["device"],
        extraction=config["extraction"],
    script:
        "../scripts/embed.py"
