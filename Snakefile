# The study of the modality gap: data → train → embed → measure → stats → figures, tables → report.
# `snakemake --cores all` builds the study declared in config.yaml.

from snakemake.utils import min_version

min_version("9.0")


resource_scopes:
    gpu="local",


configfile: "config.yaml"


include: "workflow/rules/common.smk"


report: "workflow/report/workflow.rst"


include: "workflow/rules/data.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/models.smk"
include: "workflow/rules/embed.smk"
include: "workflow/rules/measure.smk"
include: "workflow/rules/stats.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/report.smk"


rule all:
    default_target: True
    input:
        f"{RESULTS}/report.html",
        rules.artifacts.input,
