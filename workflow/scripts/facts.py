import yaml

from modgap.formats.files import write_text
from modgap.runtime.facts import configuration_table, versions_table
from modgap.runtime.logs import configure_logging

configure_logging(snakemake.log[0])
configuration = snakemake.params.configuration
write_text(snakemake.output.study, yaml.safe_dump(configuration, sort_keys=False))
table = configuration_table(configuration)
write_text(snakemake.output.configuration, table.to_csv(index=False))
write_text(snakemake.output.versions, versions_table().to_csv(index=False))
