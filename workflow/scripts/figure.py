from importlib import import_module

from modgap.artifacts.write_figure import write_figure
from modgap.formats.tables import read_frames
from modgap.runtime.logs import configure_logging
from modgap.stats.quantities import study_quantities

configure_logging(snakemake.log[0])
figure = import_module(f"modgap.{snakemake.params.figure}")
frames = {
    name: read_frames([files] if isinstance(files, str) else files)
    for name, files in snakemake.input.items()
    if name != "code"
}
quantities = study_quantities(snakemake.params.roles)
shown = {name: quantities[name] for name in snakemake.params.quantities}
numbers = figure.numbers(**frames, **shown, **snakemake.params.settings)
write_figure(figure.draw(numbers), numbers, **dict(snakemake.output.items()))
