from importlib import import_module

from modgap.formats.embeddings import read_embeddings
from modgap.formats.tables import write_frame
from modgap.runtime.logs import configure_logging
from modgap.runtime.provenance import provenance

configure_logging(snakemake.log[0])
module = import_module(f"modgap.measure.looks.{snakemake.wildcards.look}")
seed = snakemake.params.seed
images = read_embeddings(snakemake.input.images)
texts = read_embeddings(snakemake.input.texts)
along = {}
if snakemake.input.along:
    along["along"] = tuple(map(read_embeddings, snakemake.input.along))
# An encoder of one kind has no rows of the other.
table = module.look(
    images if len(images) else None, texts if len(texts) else None, seed=seed, **along
)
write_frame(snakemake.output[0], table, {"seed": seed, **provenance()})
