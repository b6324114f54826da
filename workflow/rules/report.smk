"""The report: every artifact with its caption, the configuration, versions and run times.

Inputs: all artifacts. Output: <results>/report.html, one file that opens anywhere.
"""


localrules:
    facts,
    report,


rule facts:
    """The configuration and the versions that made this study."""
    input:
        code=modules("facts"),
    output:
        configuration=report(
            "<results>/configuration.csv",
            caption="../report/configuration.rst",
            category="About this study",
        ),
        study="<results>/study.yaml",
        versions=report(
            "<results>/versions.csv",
            caption="../report/versions.rst",
            category="About this study",
        ),
    log:
        "<results>/logs/facts.log",
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
        "<results>/report.html",
    log:
        "<results>/logs/report.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        targets=["artifacts", "facts"],
    script:
        "../scripts/report.py"
