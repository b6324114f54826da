"""The figures: metric tables, model tables and histories → <results>/<source>/<figure>.

Each figure is a .pdf, a .png and the numbers it shows as .csv; its rule, such as
two_effects_fig7a, is a target of its own. A figure is a module with `numbers` and `draw` under
modgap/figures, a caption under workflow/report, and a row of FIGURES: the tables that it reads.
"""

SCORES = scored("retrieval", "classification")
ATTRIBUTES = scored("attributes")
FIGURES = shown(
    {
        "fig3": experiment_tables(ZOO, known=SCORES),
        "fig4a": {"dimensions": close_up("dimensions", PLAN.retrieval)},
        "fig4b": {"scatter": close_up("scatter", PLAN.retrieval)},
        "fig4c": {"removal": close_up("removal", PLAN.retrieval)},
        "fig5a": experiment_tables(ZOO, known=ATTRIBUTES),
        "fig5b": experiment_tables(ZOO, known=ATTRIBUTES and SCORES),
        "fig6a": {"counts": f"{RESULTS}/data/word_counts.csv"},
        "fig6b": experiment_tables("main_factor"),
        "fig7a": experiment_tables("captions"),
        "fig7b": {
            "histories": expand(
                f"{RESULTS}/models/{{model}}/history.parquet",
                model=models_of("captions"),
            ),
            "models": experiment_tables("captions")["models"],
        },
        "fig11a": {"dimensions": close_up("dimensions", PLAN.classification)},
        "fig11b": {"scatter": close_up("scatter", PLAN.classification)},
        "fig11c": {"removal": close_up("removal", PLAN.classification)},
        "fig12": {"scatter": close_up("difference", PLAN.retrieval)},
    }
)
FIGURE_SETTINGS = {
    **dict.fromkeys(["fig5a", "fig5b"], RESAMPLED),
    **dict.fromkeys(["fig6b", "fig7a", "fig7b"], CONFIDENCE),
}
# What a figure shows depends on the data sets of the study: its arguments out of
# modgap.stats.quantities.
FIGURE_QUANTITIES = {
    "fig3": ["scores"],
    "fig5a": ["attributes"],
    "fig5b": ["objects", "attributes"],
}


localrules:
    figures,


rule figures:
    """All figures."""
    input:
        [figure("two_effects", name)["pdf"] for name in ["fig2", *FIGURES]],


rule two_effects_fig2:
    """MAD samples with captions."""
    input:
        texts=f"{RESULTS}/data/mad-digit-k5/texts.parquet",
        pixels=f"{RESULTS}/data/mad/test/pixels.npy",
        code=modules("fig2"),
    output:
        **figure("two_effects", "fig2"),
    log:
        f"{RESULTS}/logs/two_effects/fig2.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        samples=12,
    script:
        "../scripts/fig2.py"


for name, tables in FIGURES.items():

    rule:
        name:
            f"two_effects_{name}"
        input:
            **tables,
            code=modules("figure", f"artifacts.two_effects.{name}"),
        output:
            **figure("two_effects", name),
        log:
            f"{RESULTS}/logs/two_effects/{name}.log",
        conda:
            "../../envs/analysis.yaml"
        params:
            figure=f"artifacts.two_effects.{name}",
            settings=FIGURE_SETTINGS.get(name, {}),
            quantities=FIGURE_QUANTITIES.get(name, []),
            roles=ROLES if name in FIGURE_QUANTITIES else {},
        script:
            "../scripts/figure.py"
