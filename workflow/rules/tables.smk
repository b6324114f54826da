"""The tables: correlation and metric tables → <results>/<source>/<table>.{csv,md,tex}.

A table is a module with `build` and `HEADINGS` under modgap/tables, a caption under workflow/report,
and a row of TABLES: the tables that it reads.
"""

REFERENCE = {"reference": "config/reference_values.tsv"}
TABLES = shown(
    {
        "table1": correlations("table1") | REFERENCE,
        "table1_published": {"correlations": f"{RESULTS}/stats/table1_published.csv"}
        | REFERENCE,
        "table2": {"neighbours": close_up("neighbours", PLAN.class_sets)} | REFERENCE,
        "table3": correlations("table3") | REFERENCE,
        "table4": pool_tables() | REFERENCE,
        "table5": {"ideal_words": close_up("ideal_words", PLAN.ideal_words)},
    }
)


localrules:
    tables,


rule tables:
    """All tables."""
    input:
        [table("two_effects", name)["csv"] for name in TABLES],
        [f"{RESULTS}/expected_scores.csv"] if PRETRAINED else [],


rule expected_scores:
    """The scores that open_clip publishes beside ours: a wrong split cannot go unseen."""
    input:
        metrics=f"{RESULTS}/metrics/pretrained.parquet",
        published="config/published.tsv",
        code=modules("expected_scores"),
    output:
        report(
            f"{RESULTS}/expected_scores.csv",
            caption="../report/expected_scores.rst",
            category="About this study",
        ),
    log:
        f"{RESULTS}/logs/expected_scores.log",
    conda:
        "../../envs/analysis.yaml"
    script:
        "../scripts/expected_scores.py"


for name, inputs in TABLES.items():

    rule:
        name:
            f"two_effects_{name}"
        input:
            **inputs,
            code=modules("table", f"artifacts.two_effects.{name}"),
        output:
            **table("two_effects", name),
        log:
            f"{RESULTS}/logs/two_effects/{name}.log",
        conda:
            "../../envs/analysis.yaml"
        params:
            table=f"artifacts.two_effects.{name}",
            settings=CONFIDENCE if name == "table4" else {},
            quantities=["scores"] if name == "table4" else [],
            roles=ROLES if name == "table4" else {},
        script:
            "../scripts/table.py"
