"""The data stage: raw files → one manifest per data set.

MNIST → MAD pixels and labels → a manifest per kind of caption; and a manifest of every real data
set that the pretrained models are measured on. Inputs: the sources in config/sources.tsv and
config/datasets.tsv. Outputs: <resources>/mnist/*.npy, <resources>/datasets/,
<results>/data/mad/<split>/*.npy, <results>/data/<dataset>/{images,texts}.parquet.
"""

MNIST = expand(
    f"{RESOURCES}/mnist/{{array}}.npy",
    array=["train_images", "train_labels", "test_images", "test_labels"],
)


REAL = [dataset for dataset in PLAN.datasets if dataset in DATASETS]


localrules:
    data,
    mnist,
    fetch_dataset,


rule data:
    """All data sets of the study."""
    input:
        expand(f"{RESULTS}/data/{{dataset}}/texts.parquet", dataset=PLAN.datasets),


rule word_counts:
    """Captions that hold an attribute or object word: published counts and declared corpora."""
    input:
        published="config/word_counts.tsv",
        corpora=config["caption_corpora"].values(),
        code=modules("word_counts"),
    output:
        f"{RESULTS}/data/word_counts.csv",
    log:
        f"{RESULTS}/logs/word_counts.log",
    conda:
        "../../envs/data.yaml"
    params:
        corpora=config["caption_corpora"],
    script:
        "../scripts/word_counts.py"


rule mnist:
    """MNIST from the first source that works; the arrays are checked by SHA-256."""
    input:
        sources="config/sources.tsv",
        code=modules("mnist"),
    output:
        MNIST,
    log:
        f"{RESULTS}/logs/mnist.log",
    conda:
        "../../envs/data.yaml"
    params:
        folder=config["mnist"]["folder"],
    script:
        "../scripts/mnist.py"


rule mad:
    """MAD: each item is one MNIST image in one of 24 morphology variants."""
    input:
        images=f"{RESOURCES}/mnist/{{split}}_images.npy",
        labels=f"{RESOURCES}/mnist/{{split}}_labels.npy",
        code=modules("mad"),
    output:
        pixels=f"{RESULTS}/data/mad/{{split}}/pixels.npy",
        labels=f"{RESULTS}/data/mad/{{split}}/labels.npy",
    log:
        f"{RESULTS}/logs/mad/{{split}}.log",
    conda:
        "../../envs/data.yaml"
    threads: workflow.cores
    params:
        total=lambda wildcards: config["mad"][f"{wildcards.split}_items"],
        variants_per_image=config["mad"]["variants_per_image"],
        official_colours=config["mad"]["official_colours"],
        seed=config["seed"],
    script:
        "../scripts/mad.py"


rule manifest:
    """The test items of MAD with one kind of caption and the prompts of every class."""
    input:
        pixels=f"{RESULTS}/data/mad/test/pixels.npy",
        labels=f"{RESULTS}/data/mad/test/labels.npy",
        code=modules("manifest"),
    output:
        images=f"{RESULTS}/data/{{dataset}}/images.parquet",
        texts=f"{RESULTS}/data/{{dataset}}/texts.parquet",
    log:
        f"{RESULTS}/logs/manifest/{{dataset}}.log",
    wildcard_constraints:
        dataset="mad-.*",
    conda:
        "../../envs/data.yaml"
    params:
        captions=lambda wildcards: mad_captions(wildcards.dataset),
        seed=config["seed"],
    script:
        "../scripts/manifest.py"


rule fetch_dataset:
    """Download a real data set whose licence lets anybody do so; others are configured folders."""

    # No code among the input: nothing is downloaded again because a line of ours changed. The files
    # of the data set are no output: Snakemake would delete them before the job looks at them.
    output:
        f"{RESOURCES}/datasets/{{folder}}/{{fetched}}.json",
    log:
        f"{RESULTS}/logs/fetch_dataset/{{folder}}/{{fetched}}.log",
    wildcard_constraints:
        fetched=one_of(DATASETS),
    conda:
        "../../envs/data.yaml"
    resources:
        download=1,
    # Not the whole row, and the sheet is no input: the job reads from it what messages say, and
    # another wording or another row there must not start a download.
    params:
        row=lambda wildcards: download_source(wildcards.fetched),
        sheet=DATASET_SHEET,
    script:
        "../scripts/fetch_dataset.py"


rule real_manifest:
    """A real data set as a manifest; what cannot be used is named in the log beside it."""
    input:
        fetched=lambda wildcards: downloads_of(wildcards.dataset),
        code=modules("real_manifest"),
    output:
        images=f"{RESULTS}/data/{{dataset}}/images.parquet",
        texts=f"{RESULTS}/data/{{dataset}}/texts.parquet",
    log:
        f"{RESULTS}/logs/manifest/{{dataset}}.log",
        problems=f"{RESULTS}/logs/manifest/{{dataset}}.problems.tsv",
    wildcard_constraints:
        dataset=one_of(REAL),
    # Before the downloads of models: a missing folder should be known at once.
    priority: 100
    conda:
        "../../envs/torch.yaml"
    threads: workflow.cores
    # The rest of the row is read in the job, as for fetch_dataset.
    params:
        row=lambda wildcards: manifest_source(wildcards.dataset),
        sheet=DATASET_SHEET,
        folder=lambda wildcards: dataset_folder(wildcards.dataset),
        skip_bad=lambda wildcards: wildcards.dataset in config["skip_bad"],
    script:
        "../scripts/real_manifest.py"
