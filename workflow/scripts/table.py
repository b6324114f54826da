from importlib import import_module

from modgap.frames import read_frames
from modgap.logs import configure_logging
from modgap.tables.write import write_table

configure_logging(snakemake.log[0])
table = import_module(f"modgap.{snakemake.params.table}")
frames = {
    name: read_frames([files] if isinstance(files, str) else files)
    for name, files in snakemake.input.items()
    if name != "code"
}
write_table(table.build(**frames), **dict(snakemake.output.items()))
