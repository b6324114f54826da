"""The simulate stage: tables made of nothing but settings and a seed.

Outputs: <results>/simulations/<simulation>.parquet.
"""


rule simulate:
    """One simulation; its settings stand in its module."""
    input:
        code=lambda wildcards: modules("simulate", f"simulate.{wildcards.simulation}"),
    output:
        "<results>/simulations/{simulation}.parquet",
    log:
        "<results>/logs/simulations/{simulation}.log",
    wildcard_constraints:
        simulation=one_of(modules_in("simulate")),
    conda:
        "../../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=again(2000),
    params:
        seed=study.config.seed,
    script:
        "../scripts/simulate.py"
