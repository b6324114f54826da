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
        [f"{model_folder(model)}/modgap.json" for model in [*MODELS, *PRETRAINED]],


rule train:
    """Train one model; one thread each, so that a seed gives the same bits on every machine size."""
    input:
        pixels=f"{RESULTS}/data/mad/train/pixels.npy",
        labels=f"{RESULTS}/data/mad/train/labels.npy",
        probe_pixels=f"{RESULTS}/data/mad/test/pixels.npy",
        probe_labels=f"{RESULTS}/data/mad/test/labels.npy",
        code=modules("train"),
    output:
        config=f"{RESULTS}/models/{{model}}/open_clip_config.json",
        weights=f"{RESULTS}/models/{{model}}/open_clip_model.safetensors",
        tokenizer=f"{RESULTS}/models/{{model}}/tokenizer.json",
        tokenizer_config=f"{RESULTS}/models/{{model}}/tokenizer_config.json",
        facts=f"{RESULTS}/models/{{model}}/modgap.json",
        history=f"{RESULTS}/models/{{model}}/history.parquet",
    log:
        f"{RESULTS}/logs/train/{{model}}.log",
    wildcard_constraints:
        model=one_of(MODELS),
    conda:
        "../../envs/torch.yaml"
    threads: 1
    resources:
        gpu=GPUS,
        mem_mb=1500 + 2 * MAD_MB,
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
            f"{RESULTS}/models/{{model}}/modgap.json",
            model=models_of(wildcards.experiment),
        ),
        code=modules("model_table"),
    output:
        f"{RESULTS}/models/{{experiment}}.csv",
    log:
        f"{RESULTS}/logs/model_table/{{experiment}}.log",
    conda:
        "../../envs/torch.yaml"
    params:
        medium_at_most=config["groups"]["medium_at_most"],
    script:
        "../scripts/model_table.py"
