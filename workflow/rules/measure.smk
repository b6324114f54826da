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
        mem_mb=lambda wildcards, attempt: memory(wildcards.model, 1000, 8000, attempt),
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
        own=one_of(OWN),
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


rule dimensions:
    """The gap of a close-up model by dimension, and what removing dimensions does."""
    input:
        images=rules.embed.output.images,
        texts=rules.embed.output.texts,
        code=modules("dimensions"),
    output:
        dimensions=f"{RESULTS}/close_up/{{model}}/{{dataset}}/dimensions.parquet",
        scatter=f"{RESULTS}/close_up/{{model}}/{{dataset}}/scatter.parquet",
        difference=f"{RESULTS}/close_up/{{model}}/{{dataset}}/difference.parquet",
        removal=f"{RESULTS}/close_up/{{model}}/{{dataset}}/removal.parquet",
    log:
        f"{RESULTS}/logs/dimensions/{{model}}/{{dataset}}.log",
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: memory(wildcards.model, 1000, 8000, attempt),
    script:
        "../scripts/dimensions.py"


rule neighbours:
    """Do the images and the prompts of a close-up model order the classes alike?"""
    input:
        images=rules.embed.output.images,
        texts=rules.embed.output.texts,
        code=modules("neighbours"),
    output:
        f"{RESULTS}/close_up/{{model}}/{{dataset}}/neighbours.parquet",
    log:
        f"{RESULTS}/logs/neighbours/{{model}}/{{dataset}}.log",
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: memory(wildcards.model, 1000, 8000, attempt),
    script:
        "../scripts/neighbours.py"


rule ideal_words:
    """Ideal words of a close-up model, before and after a move across the gap."""
    input:
        images=rules.embed.output.images,
        texts=rules.embed.output.texts,
        code=modules("ideal_words"),
    output:
        f"{RESULTS}/close_up/{{model}}/{{dataset}}/ideal_words.parquet",
    log:
        f"{RESULTS}/logs/ideal_words/{{model}}/{{dataset}}.log",
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: memory(wildcards.model, 1000, 8000, attempt),
    script:
        "../scripts/ideal_words.py"


rule metric_table:
    """The metrics of all models of one experiment in one table."""
    input:
        tables=lambda wildcards: measured(wildcards.experiment),
        code=modules("metric_table"),
    output:
        f"{RESULTS}/metrics/{{experiment}}.parquet",
    log:
        f"{RESULTS}/logs/metric_table/{{experiment}}.log",
    conda:
        "../../envs/analysis.yaml"
    script:
        "../scripts/metric_table.py"
