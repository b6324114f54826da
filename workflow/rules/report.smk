"""The report: every artifact with its caption, the configuration, versions and run times.

Inputs: all artifacts. Output: <results>/report.html, one file that opens anywhere.
"""


localrules:
    facts,
    report,
    run_times,


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


rule run_times:
    """What the jobs took, from the last lines of their logs."""
    # Logs are no input: they come and go with their jobs.
    input:
        rules.artifacts.input,
        code=modules("run_times"),
    output:
        stages=report(
            "<results>/run_stages.csv",
            caption="../report/run_stages.rst",
            category="About this study",
        ),
        jobs=report(
            "<results>/run_jobs.csv",
            caption="../report/run_jobs.rst",
            category="About this study",
        ),
    log:
        "<results>/logs/run_times.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        # Snakemake fills in <results> in files alone.
        logs=f"{study.config.results}/logs",
    script:
        "../scripts/run_times.py"


rule report:
    """The HTML report, made by Snakemake itself from what the other rules declare."""
    input:
        rules.artifacts.input,
        rules.facts.output,
        rules.run_times.output,
        study=rules.facts.output.study,
        code=modules("report"),
    output:
        "<results>/report.html",
    log:
        "<results>/logs/report.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        targets=["artifacts", "facts", "run_times"],
    script:
        "../scripts/report.py"
