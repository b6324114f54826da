"""The train stage: data sets → one open_clip model folder per declared model.

Inputs: <results>/data/mad, or a manifest with captions and its pixel cache. Outputs: <results>/models/<model>/ with the weights, the configuration,
the tokenizer, modgap.json (what the model is) and history.parquet (one row per step).
"""


rule train:
    """Train one model; one thread each, so that a seed gives the same bits on every machine size."""
    input:
        unpack(lambda wildcards: study.training_files(wildcards.model)),
        start=lambda wildcards: study.start(wildcards.model),
        code=modules("train"),
    output:
        config="<results>/models/{model}/open_clip_config.json",
        weights="<results>/models/{model}/open_clip_model.safetensors",
        tokenizer="<results>/models/{model}/tokenizer.json",
        tokenizer_config="<results>/models/{model}/tokenizer_config.json",
        facts="<results>/models/{model}/modgap.json",
        history="<results>/models/{model}/history.parquet",
    log:
        "<results>/logs/train/{model}.log",
    wildcard_constraints:
        model=one_of(study.trained),
    conda:
        "../../envs/torch.yaml"
    threads: 1
    resources:
        gpu=gpus,
        mem_mb=again(1500 + 2 * study.mad_mb),
    params:
        model=lambda wildcards: study.models[wildcards.model].settings.named(),
        training=study.config.training.model_dump(),
        official_colours=study.config.mad.official_colours,
        device=study.config.device,
    script:
        "../scripts/train.py"
