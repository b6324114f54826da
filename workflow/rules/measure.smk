"""The measure stage: embeddings → one tidy metric table per (model, data set).

Inputs: <results>/embeddings. Outputs: <results>/metrics/<model>/<dataset>.parquet and one table per
experiment, <results>/metrics/<experiment>.parquet.
"""


localrules:
    metrics,
    metric_table,


rule metrics:
    """All metric tables of the study."""
    input:
        expand(f"{RESULTS}/metrics/{{experiment}}.parquet", experiment=EXPERIMENTS),
        [f"{RESULTS}/own_embeddings.csv"] if OWN else [],


rule measure:
    """Every metric of one model on one data set, each with its n and its interval."""
    input:
        images=rules.embed.output.images,
        texts=rules.embed.output.texts,
        code=modules("measure"),
    output:
        f"{RESULTS}/metrics/{{model}}/{{dataset}}.parquet",
    log:
        f"{RESULTS}/logs/measure/{{model}}/{{dataset}}.log",
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        resamples=config["statistics"]["bootstrap"],
        confidence=config["statistics"]["confidence"],
        seed=config["seed"],
    script:
        "../scripts/measure.py"


rule measure_own:
    """Every metric of embeddings that somebody else made: a row of kind `embeddings`."""
    input:
        images=lambda wildcards: OWN[wildcards.own].image_embeddings,
        texts=lambda wildcards: OWN[wildcards.own].text_embeddings,
        code=modules("measure_own"),
    output:
        f"{RESULTS}/metrics/own/{{own}}.parquet",
    log:
        f"{RESULTS}/logs/measure_own/{{own}}.log",
    wildcard_constraints:
        own="|".join(map(re.escape, OWN)),
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=4000,
    params:
        resamples=config["statistics"]["bootstrap"],
        confidence=config["statistics"]["confidence"],
        seed=config["seed"],
    script:
        "../scripts/measure_own.py"


rule own_embeddings:
    """The metrics of all such rows in one table, shown in the report."""
    input:
        tables=expand(f"{RESULTS}/metrics/own/{{own}}.parquet", own=OWN),
        code=modules("own_embeddings"),
    output:
        report(
            f"{RESULTS}/own_embeddings.csv",
            caption="../report/own_embeddings.rst",
            category="Your embeddings",
        ),
    log:
        f"{RESULTS}/logs/own_embeddings.log",
    conda:
        "../../envs/analysis.yaml"
    script:
        "../scripts/own_embeddings.py"


rule close_up:
    """A model looked into: gap by dimension, neighbours of classes, ideal words."""
    input:
        images=rules.embed.output.images,
        texts=rules.embed.output.texts,
        code=modules("close_up"),
    output:
        dimensions=f"{RESULTS}/close_up/{{model}}/{{dataset}}/dimensions.parquet",
        scatter=f"{RESULTS}/close_up/{{model}}/{{dataset}}/scatter.parquet",
        difference=f"{RESULTS}/close_up/{{model}}/{{dataset}}/difference.parquet",
        removal=f"{RESULTS}/close_up/{{model}}/{{dataset}}/removal.parquet",
        neighbours=f"{RESULTS}/close_up/{{model}}/{{dataset}}/neighbours.parquet",
        ideal_words=f"{RESULTS}/close_up/{{model}}/{{dataset}}/ideal_words.parquet",
    log:
        f"{RESULTS}/logs/close_up/{{model}}/{{dataset}}.log",
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    script:
        "../scripts/close_up.py"


rule metric_table:
    """The metrics of all models of one experiment in one table."""
    input:
        tables=lambda wildcards: [
            f"{RESULTS}/metrics/{model}/{MODELS[model].dataset}.parquet"
            for model in models_of(wildcards.experiment)
        ],
        code=modules("metric_table"),
    output:
        f"{RESULTS}/metrics/{{experiment}}.parquet",
    log:
        f"{RESULTS}/logs/metric_table/{{experiment}}.log",
    conda:
        "../../envs/analysis.yaml"
    script:
        "../scripts/metric_table.py"
