"""The report: every artifact with its caption, the configuration, versions and run times.

Inputs: all artifacts. Output: <results>/report.html, one file that opens anywhere.
"""


localrules:
    artifacts,
    facts,
    report,


rule artifacts:
    """All figures and tables."""
    input:
        rules.figures.input,
        rules.tables.input,
        [f"{RESULTS}/own_embeddings.csv"] if OWN else [],


rule facts:
    """The configuration and the versions that made this study."""
    input:
        code=modules("facts"),
    output:
        configuration=report(
            f"{RESULTS}/configuration.csv",
            caption="../report/configuration.rst",
            category="About this study",
        ),
        study=f"{RESULTS}/study.yaml",
        versions=report(
            f"{RESULTS}/versions.csv",
            caption="../report/versions.rst",
            category="About this study",
        ),
    log:
        f"{RESULTS}/logs/facts.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        configuration=config,
    script:
        "../scripts/facts.py"


rule report:
    """The HTML report, made by Snakemake itself from what the other rules declare."""
    input:
        rules.artifacts.input,
        rules.facts.output,
        study=rules.facts.output.study,
        code=modules("report"),
    output:
        f"{RESULTS}/report.html",
    log:
        f"{RESULTS}/logs/report.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        targets=["artifacts", "facts"],
    script:
        "../scripts/report.py"
