"""The stats stage: metric tables of many models → correlation tables.

Inputs: <results>/metrics/<experiment>.parquet, <results>/models/<experiment>.csv, published scores.
Outputs: <results>/stats/<experiment>/<correlations>.csv with tau, interval, p, corrected p, partial
tau, n, resamples and seed.
"""

GAPS = ["l2m", "rmg"]
SIZES = ["parameters", "embed_dim", "training_size"]
CORRELATIONS = {
    "by_size": {"groups": "group", "rows": [*GAPS, *SIZES], "confounders": SIZES},
    "by_training_set": {"groups": "training_set", "rows": GAPS, "confounders": SIZES},
}
SCORES = ("retrieval", "classification")


localrules:
    stats,
    published_correlations,


rule stats:
    """All correlation tables that artifacts read."""
    input:
        [
            path
            for artifact in study.artifacts.values()
            for path in artifact.inputs.get("correlations", [])
        ],


rule correlations:
    """Kendall's tau of the scores with gap and sizes over an experiment, by group."""
    input:
        metrics="<results>/metrics/{experiment}.parquet",
        models="<results>/models/{experiment}.csv",
        code=modules("correlations"),
    output:
        "<results>/stats/{experiment}/{correlations}.csv",
    log:
        "<results>/logs/correlations/{experiment}/{correlations}.log",
    wildcard_constraints:
        correlations=one_of(CORRELATIONS),
    conda:
        "../../envs/analysis.yaml"
    params:
        table=lambda wildcards: CORRELATIONS[wildcards.correlations],
        quantities=lambda wildcards: study.quantities(
            study.experiments[wildcards.experiment], SCORES
        ),
        resampling=RESAMPLED | ABOVE_CHANCE,
    script:
        "../scripts/correlations.py"


rule published_correlations:
    """Kendall's tau of published scores of real models with their sizes, by group."""
    input:
        published="config/published.tsv",
        code=modules("published_correlations"),
    output:
        "<results>/stats/published.csv",
    log:
        "<results>/logs/correlations/published.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        resampling=RESAMPLED,
    script:
        "../scripts/published_correlations.py"
