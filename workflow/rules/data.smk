"""The data stage: raw files → one manifest per data set.

MNIST → MAD pixels and labels, downloads and configured folders of real data sets; each data set
becomes a manifest. Inputs: the sources in config/sources.tsv and config/datasets.tsv. Outputs:
<resources>/mnist/*.npy, <resources>/datasets/, <results>/data/mad/<split>/*.npy,
<results>/data/<dataset>/{images,texts}.parquet.
"""

from modgap.study.mad_datasets import factors_of, is_mad
from modgap.data.watch import watched_data, watched_mnist
from modgap.study.places import state_of, those_there

GIVEN = {
    name: watched_data(study.datasets.get(name), study.config.folders)
    for name in study.manifests
}
MNIST_FOLDER = study.config.mnist.folder
MNIST_FILES = watched_mnist(MNIST_FOLDER) if MNIST_FOLDER else ()


localrules:
    data,
    mnist,
    fetch_dataset,
    samples,
    word_counts,


rule data:
    """All data sets of the study."""
    input:
        expand("<results>/data/{dataset}/texts.parquet", dataset=study.manifests),


rule word_counts:
    """Captions that hold an attribute or object word: published counts and declared corpora."""
    input:
        published="config/word_counts.tsv",
        corpora=those_there(study.config.caption_corpora.values()),
        code=modules("word_counts"),
    output:
        "<results>/data/word_counts.csv",
    log:
        "<results>/logs/word_counts.log",
    conda:
        "../../envs/data.yaml"
    params:
        corpora=study.config.caption_corpora,
        state=lambda wildcards: study.corpora_state(),
    script:
        "../scripts/word_counts.py"


rule mnist:
    """MNIST from the first source that works; the arrays are checked by SHA-256."""
    input:
        sources="config/sources.tsv",
        given=MNIST_FILES,
        code=modules("mnist"),
    output:
        expand(
            "<resources>/mnist/{array}.npy",
            array=["train_images", "train_labels", "test_images", "test_labels"],
        ),
    log:
        "<results>/logs/mnist.log",
    conda:
        "../../envs/data.yaml"
    params:
        folder=MNIST_FOLDER,
        state=state_of(MNIST_FILES),
    script:
        "../scripts/mnist.py"


rule mad:
    """MAD: each item is one MNIST image in one of 24 morphology variants, which may be hidden."""
    input:
        images="<resources>/mnist/{split}_images.npy",
        labels="<resources>/mnist/{split}_labels.npy",
        code=modules("mad"),
    output:
        pixels="<results>/data/{mad}/{split}/pixels.npy",
        labels="<results>/data/{mad}/{split}/labels.npy",
    log:
        "<results>/logs/{mad}/{split}.log",
    wildcard_constraints:
        mad=r"mad(-hidden-[a-z+]+)?",
    conda:
        "../../envs/data.yaml"
    # A job that asks for all cores waits until they are free at once.
    threads: lambda wildcards: 1 + getattr(study.config.mad, f"{wildcards.split}_items") // 200_000
    params:
        total=lambda wildcards: getattr(study.config.mad, f"{wildcards.split}_items"),
        variants_per_image=study.config.mad.variants_per_image,
        official_colours=study.config.mad.official_colours,
        hidden=lambda wildcards: factors_of(
            wildcards.mad.removeprefix("mad").removeprefix("-hidden-")
        ),
        seed=study.config.seed,
    script:
        "../scripts/mad.py"


rule fetch_dataset:
    """Download a data set whose licence lets anybody do so; others are configured folders."""

    # No code among the input: nothing is downloaded again because a line of ours changed. The files
    # of the data set are no output: Snakemake would delete them before the job looks at them.
    output:
        "<resources>/datasets/{folder}/{fetched}.json",
    log:
        "<results>/logs/fetch_dataset/{folder}/{fetched}.log",
    wildcard_constraints:
        fetched=one_of(study.datasets),
    conda:
        "../../envs/data.yaml"
    resources:
        download=1,
    # Not the whole row: another wording there must not start a download.
    params:
        row=lambda wildcards: study.download_cells(wildcards.fetched),
        sheet="config/datasets.tsv",
    script:
        "../scripts/fetch_dataset.py"


rule manifest:
    """One data set as a manifest; what cannot be used is named in the table beside the log."""
    input:
        raw=lambda wildcards: study.raw_files(wildcards.dataset),
        given=lambda wildcards: GIVEN[wildcards.dataset].files,
        code=modules("manifest"),
    output:
        images="<results>/data/{dataset}/images.parquet",
        texts="<results>/data/{dataset}/texts.parquet",
    log:
        "<results>/logs/manifest/{dataset}.log",
        problems="<results>/logs/manifest/{dataset}.problems.tsv",
    # Before the downloads of models: a missing folder should be known at once.
    priority: 100
    conda:
        "../../envs/torch.yaml"
    # Of MAD nothing is decoded.
    threads: lambda wildcards: 1 if is_mad(wildcards.dataset) else beside_others(8, workflow)
    params:
        row=lambda wildcards: study.manifest_cells(wildcards.dataset),
        sheet="config/datasets.tsv",
        folder=lambda wildcards: study.folder_there(wildcards.dataset),
        images=lambda wildcards: GIVEN[wildcards.dataset].images,
        state=lambda wildcards: state_of(GIVEN[wildcards.dataset].files),
        skip_bad=lambda wildcards: wildcards.dataset in study.config.skip_bad,
        seed=lambda wildcards: study.drawn_with(wildcards.dataset),
    script:
        "../scripts/manifest.py"


rule samples:
    """The first captions of a data set with their images, to be looked at."""
    input:
        images="<results>/data/{dataset}/images.parquet",
        texts="<results>/data/{dataset}/texts.parquet",
        code=modules("samples"),
    output:
        "<results>/data/{dataset}/samples.parquet",
    log:
        "<results>/logs/samples/{dataset}.log",
    conda:
        "../../envs/data.yaml"
    params:
        shown=12,
    script:
        "../scripts/samples.py"
