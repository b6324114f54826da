"""What is read at the end: the page with the board of claims, and Snakemake's report.

Inputs: all artifacts. Outputs: <results>/index.html and <results>/report.html, each one file that
opens anywhere, with no network, and <results>/ro-crate-metadata.json, which describes the folder.
"""


localrules:
    facts,
    report,
    page,
    crate,
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


rule page:
    """The page to read: the board, every figure beside what is stated of it, what is absent."""
    input:
        rules.artifacts.input,
        rules.facts.output,
        rules.report.output,
        metrics=expand(
            "<results>/metrics/{experiment}.parquet", experiment=study.tabled
        ),
        models=expand("<results>/models/{experiment}.csv", experiment=study.tabled),
        captions=[
            f"workflow/report/{declared.source}/{declared.name}.rst"
            for declared in (each.declaration for each in study.artifacts.values())
        ],
        templates=sorted(
            str(path.relative_to(workflow.basedir))
            for path in (HERE / "modgap" / "page" / "templates").iterdir()
        ),
        reference="config/reference_values.tsv",
        code=modules("page"),
    output:
        "<results>/index.html",
    log:
        "<results>/logs/page.log",
    conda:
        "../../envs/analysis.yaml"
    script:
        "../scripts/page.py"


rule crate:
    """The results folder as a Workflow Run RO-Crate, for archives and other machines to read."""
    input:
        rules.artifacts.input,
        rules.facts.output,
        rules.report.output,
        rules.page.output,
        metrics=rules.page.input.metrics,
        snakefile="Snakefile",
        code=modules("crate"),
    output:
        "<results>/ro-crate-metadata.json",
        "<results>/workflow/Snakefile",
    log:
        "<results>/logs/crate.log",
    conda:
        "../../envs/analysis.yaml"
    script:
        "../scripts/crate.py"
