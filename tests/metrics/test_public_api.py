import subprocess
import sys

import pytest

import modgap

PROMISED = """l2m l2i rmg moad recall_at_k zero_shot_accuracy neighbourhood_distance logit_entropy
linear_separability alignment uniformity cross_modal_neighbours gap_dimensions effective_rank"""
FUNCTIONS = [name for name in modgap.__all__ if name[0].islower()]


def test_what_is_promised_is_there():
    assert set(PROMISED.split()) <= set(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_metric_is_documented_under_the_headings(name):
    function = getattr(modgap, name)
    assert name in dir(modgap)
    lines = [line.strip() for line in function.__doc__.splitlines()]
    for heading in ("Parameters", "Returns", "Raises", "Examples"):
        assert set(lines[lines.index(heading) + 1]) == {"-"}, heading
    assert "InputError" in lines


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="modgap attribute gapp"):
        _ = modgap.gapp


def test_importing_is_light_and_closed_forms_need_no_torch():
    code = """
import sys, modgap
assert "numpy" not in sys.modules
value = modgap.rmg([[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]])
modgap.recall_at_k([[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]])
modgap.moad([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [0, 0, 1], [0, 1, 1])
assert value == 0.5
assert not {"torch", "pandas", "matplotlib"} & set(sys.modules), sorted(sys.modules)
"""
    folder = modgap.__path__[0].rsplit("/", 1)[0]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=folder)
