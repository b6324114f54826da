"""The figures and tables: what workflow/artifacts.yaml declares → <results>/<source>/<artifact>.

A figure is a .pdf, a .png and the numbers it shows as .csv; a table is a .csv, a .md and a .tex. The
rule of an artifact, <source>_<artifact>, is a target of its own; so is each source.
"""


localrules:
    artifacts,


rule artifacts:
    """All figures and tables."""
    input:
        [
            path
            for artifact in study.artifacts.values()
            for path in artifact.outputs.values()
        ],


for source in study.sources:

    rule:
        name:
            source
        input:
            [
                path
                for artifact in study.artifacts.values()
                for path in artifact.outputs.values()
                if artifact.declaration.source == source
            ],
        localrule: True


for target, artifact in study.artifacts.items():

    rule:
        name:
            target
        input:
            **artifact.inputs,
            code=modules("artifact", artifact.declaration.code),
        output:
            # The report shows the picture or the numbers.
            **{
                kind: (
                    report(path, **artifact.report(study.sources))
                    if kind == artifact.shown
                    else path
                )
                for kind, path in artifact.outputs.items()
            },
        log:
            f"<results>/logs/artifacts/{target}.log",
        # Seconds each: drawn as soon as there is something to draw.
        localrule: True
        conda:
            "../../envs/analysis.yaml"
        params:
            module=artifact.declaration.code,
            settings={key: (RESAMPLED | ABOVE_CHANCE)[key] for key in artifact.settings},
            quantities=artifact.quantities,
            titles=study.titles(
                name
                for names in (artifact.quantities or {}).values()
                for name in names
            ),
            stands_for=artifact.stands_for,
            confidence=CONFIDENCE,
        script:
            "../scripts/artifact.py"
