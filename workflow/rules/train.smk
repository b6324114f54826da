"""The train stage: data sets → one open_clip model folder per declared model.

Inputs: <results>/data/mad, or a manifest with captions and its pixel cache, or shards. Outputs:
<results>/models/<model>/ with the weights, the configuration, the tokenizer, modgap.json (what the
model is) and history.parquet (one row per step).
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
        mem_mb=again(3500 + 2 * study.mad_mb),
    params:
        model=lambda wildcards: study.models[wildcards.model].settings.named(),
        training=study.config.training.model_dump(),
        official_colours=study.config.mad.official_colours,
        device=study.config.device,
    script:
        "../scripts/train.py"


rule train_distributed:
    """Train one model on shards with open_clip's trainer, on several GPUs of one machine."""
    input:
        # It holds the SHA-256 of the weights, which are compared with it when they are loaded.
        start=lambda wildcards: f"{study.folder(study.models[wildcards.model].start)}/modgap.json",
        code=modules("train_distributed", "train.distributed.trainer"),
    output:
        config="<results>/models/{model}/open_clip_config.json",
        weights="<results>/models/{model}/open_clip_model.safetensors",
        facts="<results>/models/{model}/modgap.json",
        history="<results>/models/{model}/history.parquet",
    log:
        "<results>/logs/train_distributed/{model}.log",
        problems="<results>/logs/train_distributed/{model}.problems.tsv",
    wildcard_constraints:
        model=one_of(study.sharded),
    conda:
        "../../envs/torch.yaml"
    # A process and its readers.
    threads: lambda wildcards: study.models[wildcards.model].shards.threads
    resources:
        gpu=lambda wildcards: (
            0
            if study.config.device == "cpu"
            else study.models[wildcards.model].shards.processes
        ),
        mem_mb=lambda wildcards, attempt: (
            16000 * attempt * study.models[wildcards.model].shards.processes
        ),
    # Shards have no fingerprint: there may be thousands, on a disk of another machine.
    params:
        recipe=lambda wildcards: study.models[wildcards.model].shards.named(),
        shards=lambda wildcards: study.shards(wildcards.model),
    script:
        "../scripts/train_distributed.py"
