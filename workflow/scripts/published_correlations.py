from modgap.claims.published import read_published
from modgap.formats.files import write_text
from modgap.runtime.logs import configure_logging
from modgap.stats.tables import correlation_table

configure_logging(snakemake.log[0])
published = read_published(snakemake.input.published)
# Without a known training set a model belongs to neither of the paper's groups.
table = correlation_table(
    published[published["group"] != ""],
    rows=["parameters_millions", "gflops", "embed_dim", "training_size"],
    against=["coco_image_to_text_r1", "coco_text_to_image_r1", "imagenet_top1"],
    groups="group",
    **snakemake.params.resampling,
)
write_text(snakemake.output[0], table.to_csv(index=False))
