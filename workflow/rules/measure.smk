"""The measure stage: embeddings → one tidy metric table per (model, data set), and looks.

Inputs: <results>/embeddings. Outputs: <results>/metrics/<model>/<dataset>.parquet and one table per
experiment, <results>/metrics/<experiment>.parquet; <results>/looks/<model>/<dataset>/<look>.parquet.
"""

from modgap.study.artifacts import modules_in


localrules:
    metrics,
    metric_table,


rule metrics:
    """The metric tables of all experiments but those that artifacts only look into."""
    input:
        expand("<results>/metrics/{experiment}.parquet", experiment=study.tabled),


rule measure:
    """Every metric of one model on one data set, each with its n and its interval."""
    input:
        images="<results>/embeddings/{model}/{dataset}/image.parquet",
        texts="<results>/embeddings/{model}/{dataset}/text.parquet",
        code=modules("measure"),
    output:
        "<results>/metrics/{model}/{dataset}.parquet",
    log:
        "<results>/logs/measure/{model}/{dataset}.log",
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000, 8000),
    params:
        resamples=study.config.statistics.bootstrap,
        confidence=CONFIDENCE,
        seed=study.config.seed,
    script:
        "../scripts/measure.py"


rule look:
    """A table made of one model's embeddings on one data set beyond its metrics."""
    input:
        images="<results>/embeddings/{model}/{dataset}/image.parquet",
        texts="<results>/embeddings/{model}/{dataset}/text.parquet",
        along=lambda wildcards: study.along(
            wildcards.model, wildcards.dataset, wildcards.look
        ),
        code=lambda wildcards: modules("look", f"measure.looks.{wildcards.look}"),
    output:
        "<results>/looks/{model}/{dataset}/{look}.parquet",
    log:
        "<results>/logs/looks/{model}/{dataset}/{look}.log",
    wildcard_constraints:
        look=one_of(modules_in("measure/looks")),
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000, 8000),
    params:
        seed=study.config.seed,
    script:
        "../scripts/look.py"


rule metric_table:
    """The metrics of all models of one experiment in one table."""
    input:
        tables=lambda wildcards: [
            f"<results>/metrics/{model}/{dataset}.parquet"
            for model, dataset in study.pairs(wildcards.experiment)
        ],
        code=modules("metric_table"),
    output:
        "<results>/metrics/{experiment}.parquet",
    log:
        "<results>/logs/metric_table/{experiment}.log",
    conda:
        "../../envs/analysis.yaml"
    script:
        "../scripts/metric_table.py"
