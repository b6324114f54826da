"""The stats stage: metric tables of many models → correlation tables.

Inputs: <results>/metrics/<experiment>.parquet, <results>/models/<experiment>.csv. Outputs:
<results>/stats/<table>.csv with tau, interval, p, corrected p, partial tau, n, resamples and seed.
"""


localrules:
    stats,


rule stats:
    """All correlation tables."""
    input:
        f"{RESULTS}/stats/table1.csv",


rule correlations:
    """Kendall's tau of the scores with gap and sizes over the zoo, by group."""
    input:
        **experiment_tables("zoo"),
        code=modules("correlations"),
    output:
        f"{RESULTS}/stats/table1.csv",
    log:
        f"{RESULTS}/logs/correlations.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        table={
            "rows": ["l2m", "rmg", "parameters", "embed_dim", "training_size"],
            "against": [
                "recall@1:image_to_text",
                "recall@1:text_to_image",
                "zero_shot:digit",
            ],
            "confounders": ["parameters", "embed_dim", "training_size"],
            "resamples": config["statistics"]["resamples"],
            "seed": config["seed"],
        },
    script:
        "../scripts/correlations.py"
