"""The tables: correlation and metric tables → <results>/<source>/<table>.{csv,md,tex}."""


localrules:
    tables,


rule tables:
    """All tables."""
    input:
        table("two_effects", "table1")["csv"],


rule two_effects_table1:
    """Kendall's tau of performance with gap and sizes, plain and partial, by group."""
    input:
        correlations=f"{RESULTS}/stats/table1.csv",
        reference="config/reference_values.tsv",
        code=modules("table", "tables.two_effects.table1"),
    output:
        **table("two_effects", "table1"),
    log:
        f"{RESULTS}/logs/two_effects/table1.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        table="tables.two_effects.table1",
    script:
        "../scripts/table.py"
