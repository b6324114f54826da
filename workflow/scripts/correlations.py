from modgap.files import write_text
from modgap.frames import read_frames
from modgap.logs import configure_logging
from modgap.stats.models import model_frame
from modgap.stats.tables import correlation_table

configure_logging(snakemake.log[0])
frame = model_frame(read_frames(snakemake.input.models), read_frames(snakemake.input.metrics))
table = correlation_table(frame, **snakemake.params.table, **snakemake.params.resampling)
write_text(snakemake.output[0], table.to_csv(index=False))
