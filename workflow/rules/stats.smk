"""The stats stage: metric tables of many models → correlation tables.

Inputs: <results>/metrics/<experiment>.parquet, <results>/models/<experiment>.csv, published scores.
Outputs: <results>/stats/<table>.csv with tau, interval, p, corrected p, partial tau, n, resamples
and seed.
"""

GAPS = ["l2m", "rmg"]
SIZES = ["parameters", "embed_dim", "training_size"]
CORRELATIONS = {
    # `only`: of the pretrained models those that the paper took there; the controlled zoo has no
    # such column.
    "table1": {
        "groups": "group",
        "rows": [*GAPS, *SIZES],
        "confounders": SIZES,
        "only": "kept",
    },
    "table3": {
        "groups": "training_set",
        "rows": GAPS,
        "confounders": SIZES,
        "only": "table3",
    },
}


localrules:
    stats,


rule stats:
    """All correlation tables."""
    input:
        [correlations(table)["correlations"] for table in CORRELATIONS],
        f"{RESULTS}/stats/table1_published.csv",


rule correlations:
    """Kendall's tau of the scores with gap and sizes over the zoo, by group."""
    input:
        **experiment_tables(ZOO),
        code=modules("correlations"),
    output:
        f"{RESULTS}/stats/{{table}}.csv",
    log:
        f"{RESULTS}/logs/correlations/{{table}}.log",
    wildcard_constraints:
        table=one_of(CORRELATIONS),
    conda:
        "../../envs/analysis.yaml"
    params:
        table=lambda wildcards: CORRELATIONS[wildcards.table],
        roles=ROLES,
        resampling=RESAMPLED,
    script:
        "../scripts/correlations.py"


rule published_correlations:
    """Kendall's tau of published scores of real models with their sizes, by group."""
    input:
        published="config/published.tsv",
        code=modules("published_correlations"),
    output:
        f"{RESULTS}/stats/table1_published.csv",
    log:
        f"{RESULTS}/logs/correlations/table1_published.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        resampling=RESAMPLED,
    script:
        "../scripts/published_correlations.py"
