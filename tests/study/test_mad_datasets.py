import pytest

from modgap.errors import InputError
from modgap.study.mad_datasets import CLASSES, FACTORS, is_mad, mad_captions, mad_dataset


@pytest.mark.parametrize("factor", FACTORS)
def test_the_name_of_a_mad_data_set_says_its_captions(factor):
    for attributes in range(6):
        name = mad_dataset(factor, attributes)
        assert is_mad(name)
        assert mad_captions(name) == (factor, attributes, None, (), ())
    assert mad_captions(f"{name}-n500") == (factor, 5, 500, (), ())


def test_the_name_says_which_factors_are_unnamed_and_hidden_in_one_order():
    name = mad_dataset("digit", 5, unnamed="colour+scale", hidden="thickness")
    assert name == mad_dataset("digit", 5, unnamed="scale+colour", hidden="thickness")
    assert name == "mad-digit-k5-unnamed-scale+colour-hidden-thickness"
    assert mad_captions(name) == ("digit", 5, None, ("scale", "colour"), ("thickness",))
    only = mad_dataset("digit", 1, hidden="colour")
    assert mad_captions(f"{only}-n7") == ("digit", 1, 7, (), ("colour",))


def test_other_names_are_no_mad_data_sets():
    assert mad_captions(CLASSES) is None
    for name in ("mad-digit", "mad-colour-k6", "mad-digit-k1-n0", "coco"):
        assert not is_mad(name)
        with pytest.raises(InputError, match="mad-FACTOR-kNUMBER"):
            mad_captions(name)
