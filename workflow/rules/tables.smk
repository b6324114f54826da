"""The tables: correlation and metric tables → <results>/<source>/<table>.{csv,md,tex}.

A table is a module with `build` and `HEADINGS` under modgap/tables, a caption under workflow/report,
and a row of TABLES: the tables that it reads.
"""

REFERENCE = {"reference": "config/reference_values.tsv"}
TABLES = {
    "table1": {"correlations": f"{RESULTS}/stats/table1.csv"} | REFERENCE,
    "table1_published": {"correlations": f"{RESULTS}/stats/table1_published.csv"}
    | REFERENCE,
    "table2": {"neighbours": close_up("neighbours")} | REFERENCE,
    "table3": {"correlations": f"{RESULTS}/stats/table3.csv"} | REFERENCE,
    "table5": {"ideal_words": close_up("ideal_words")},
}


localrules:
    tables,


rule tables:
    """All tables."""
    input:
        [table("two_effects", name)["csv"] for name in TABLES],


for name, inputs in TABLES.items():

    rule:
        name:
            f"two_effects_{name}"
        input:
            **inputs,
            code=modules("table", f"tables.two_effects.{name}"),
        output:
            **table("two_effects", name),
        log:
            f"{RESULTS}/logs/two_effects/{name}.log",
        conda:
            "../../envs/analysis.yaml"
        params:
            table=f"tables.two_effects.{name}",
        script:
            "../scripts/table.py"
