"""The train stage: MAD → one open_clip model folder per declared model.

Inputs: <results>/data/mad. Outputs: <results>/models/<model>/ with the weights, the configuration,
the tokenizer, modgap.json (what the model is) and history.parquet (one row per step).
"""


localrules:
    models,
    model_table,


rule models:
    """All models of the study."""
    input:
        expand(RESULTS + "/models/{model}/modgap.json", model=MODELS),


rule train:
    """Train one model; one thread each, so that a seed gives the same bits on every machine size."""
    input:
        pixels=RESULTS + "/data/mad/train/pixels.npy",
        labels=RESULTS + "/data/mad/train/labels.npy",
        probe_pixels=RESULTS + "/data/mad/test/pixels.npy",
        probe_labels=RESULTS + "/data/mad/test/labels.npy",
        code=modules("train"),
    output:
        config=RESULTS + "/models/{model}/open_clip_config.json",
        weights=RESULTS + "/models/{model}/open_clip_model.safetensors",
        tokenizer=RESULTS + "/models/{model}/tokenizer.json",
        tokenizer_config=RESULTS + "/models/{model}/tokenizer_config.json",
        facts=RESULTS + "/models/{model}/modgap.json",
        history=RESULTS + "/models/{model}/history.parquet",
    log:
        RESULTS + "/logs/train/{model}.log",
    threads: 1
    resources:
        gpu=GPUS,
        mem_mb=1500,
    params:
        model=lambda wildcards: MODELS[wildcards.model].settings(),
        training=config["training"],
        official_colours=config["mad"]["official_colours"],
        device=config["device"],
    script:
        "../scripts/train.py"


rule model_table:
    """What the models of one experiment are: one row each."""
    input:
        facts=lambda wildcards: expand(
            RESULTS + "/models/{model}/modgap.json",
            model=models_of(wildcards.experiment),
        ),
        code=modules("model_table"),
    output:
        RESULTS + "/models/{experiment}.csv",
    log:
        RESULTS + "/logs/model_table/{experiment}.log",
    params:
        medium_at_most=config["groups"]["medium_at_most"],
    script:
        "../scripts/model_table.py"
