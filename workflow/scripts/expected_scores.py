from modgap.files import write_text
from modgap.frames import read_frames
from modgap.logs import configure_logging
from modgap.tables.expected_scores import build
from modgap.zoo.published import read_published

configure_logging(snakemake.log[0])
table = build(read_frames([snakemake.input.metrics]), read_published(snakemake.input.published))
write_text(snakemake.output[0], table.to_csv(index=False))
