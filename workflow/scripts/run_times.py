from modgap.formats.files import write_text
from modgap.runtime.logs import configure_logging
from modgap.runtime.summary import job_table, stage_table

configure_logging(snakemake.log[0])
jobs = job_table(snakemake.params.logs)
write_text(snakemake.output.stages, stage_table(jobs).to_csv(index=False))
write_text(snakemake.output.jobs, jobs.to_csv(index=False))
