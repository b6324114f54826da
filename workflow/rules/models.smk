"""The models stage: rows of config/models.tsv → model folders that open_clip loads.

Outputs: <resources>/models/<model>/ with the weights, the configuration, the tokenizer and
modgap.json; <resources>/checksums/<model>.json, what was downloaded the first time;
<results>/models/pretrained.csv, what the models are. Trained models come from the train stage.
"""


localrules:
    fetch_model,
    pretrained_table,


rule fetch_model:
    """Download one pretrained model; what it needs is its own row, whatever else the sheet holds."""

    # No code among the input: a model is not downloaded again because a line of ours changed.
    # Of the folder only this one file: Snakemake deletes what it knows of before a job, and weights
    # that are still what the record says shall stay.
    output:
        f"{RESOURCES}/models/{{pretrained}}/modgap.json",
    log:
        f"{RESULTS}/logs/fetch_model/{{pretrained}}.log",
    wildcard_constraints:
        pretrained=one_of(PRETRAINED),
    conda:
        "../../envs/torch.yaml"
    resources:
        download=1,
    params:
        row=lambda wildcards: asdict(PRETRAINED[wildcards.pretrained].source()),
        record=f"{RESOURCES}/checksums/{{pretrained}}.json",
    script:
        "../scripts/fetch_model.py"


rule pretrained_table:
    """What the pretrained models are: one row each, from the sheet and from the model folders."""
    input:
        facts=expand(f"{RESOURCES}/models/{{model}}/modgap.json", model=PRETRAINED),
        code=modules("pretrained_table"),
    output:
        f"{RESULTS}/models/pretrained.csv",
    log:
        f"{RESULTS}/logs/model_table/pretrained.log",
    conda:
        "../../envs/torch.yaml"
    params:
        rows=pretrained_rows(),
    script:
        "../scripts/pretrained_table.py"
