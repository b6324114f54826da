import inspect
from importlib import import_module

from modgap.artifacts.inputs import read_inputs
from modgap.artifacts.write_table import write_table
from modgap.runtime.logs import configure_logging

configure_logging(snakemake.log[0])
module = import_module(f"modgap.{snakemake.params.module}")
given = read_inputs(dict(snakemake.input.items())) | snakemake.params.settings
if snakemake.params.quantities is not None:
    from modgap.stats.quantities import role_quantities

    given["quantities"] = role_quantities(snakemake.params.quantities, snakemake.params.titles)


def called(function, **more):
    """The function with those of the inputs that it names."""
    return function(
        **{key: given[key] for key in inspect.signature(function).parameters if key in given},
        **more,
    )


numbers = called(module.numbers)
if hasattr(module, "draw"):
    from modgap.artifacts.write_figure import write_figure

    figure = called(module.draw, numbers=numbers)
    write_figure(figure, numbers, **dict(snakemake.output.items()))
else:
    given["numbers"] = numbers
    write_table(numbers, called(module.headings), **dict(snakemake.output.items()))
