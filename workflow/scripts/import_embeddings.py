from modgap.formats.embeddings import write_embeddings
from modgap.measure.files import import_embeddings
from modgap.models.given import check_given
from modgap.runtime.logs import configure_logging

configure_logging(snakemake.log[0])
check_given(snakemake.params.files["images"], snakemake.params.sha256)
images, texts = import_embeddings(
    **{key: path or None for key, path in snakemake.params.files.items()},
    model=snakemake.wildcards.model,
    dataset=snakemake.wildcards.dataset,
)
write_embeddings(snakemake.output.images, images)
write_embeddings(snakemake.output.texts, texts)
