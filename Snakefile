# The study of the modality gap: data → train → embed → measure → simulate, stats → artifacts → report.
# `snakemake --cores all` builds the study declared in config.yaml.

from snakemake.utils import min_version

# Older ones misread `runtime` and show secrets in displayed sources.
min_version("9.23")


# Of one machine or one cluster job: neither holds back jobs that run on other nodes.
resource_scopes:
    gpu="local",
    in_turn="local",


configfile: "config.yaml"


include: "workflow/rules/common.smk"


pathvars:
    results=study.config.results,
    resources=study.config.resources,


report: "workflow/report/workflow.rst"


include: "workflow/rules/data.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/models.smk"
include: "workflow/rules/embed.smk"
include: "workflow/rules/measure.smk"
include: "workflow/rules/simulate.smk"
include: "workflow/rules/stats.smk"
include: "workflow/rules/artifacts.smk"
include: "workflow/rules/report.smk"


rule all:
    default_target: True
    input:
        rules.page.output,
        rules.crate.output,
        rules.artifacts.input,
        rules.metrics.input,


onstart:
    # Snakemake 9 looks at all waiting jobs again after every span of its limit on job starts, once for
    # each job that it has started so far: late in the default study that took a third of a core. Without
    # the limit, which is meant for clusters, it looks when a job ends.
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None


onsuccess:
    # Where to look, once everything is there.
    for name, content in (
        ("about/claims.md", "the board of claims"),
        ("index.html", "the page to read"),
        ("report.html", "the report"),
    ):
        path = Path(study.config.results) / name
        if path.is_file():
            logger.info(f"{content}: {path}")
