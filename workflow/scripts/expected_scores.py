from modgap.artifacts.about.expected_scores import build
from modgap.claims.published import read_published
from modgap.formats.files import write_text
from modgap.formats.tables import read_frames
from modgap.runtime.logs import configure_logging

configure_logging(snakemake.log[0])
table = build(read_frames([snakemake.input.metrics]), read_published(snakemake.input.published))
write_text(snakemake.output[0], table.to_csv(index=False))
