import numpy as np
import pandas as pd
import pytest
from helpers.tiny_embeddings import metadata, tiny_pair

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.measure.inputs import inputs_of
from modgap.measure.looks import removal
from modgap.measure.table import measure_pair
from modgap.measure.zero_shot import zero_shot_rows
from modgap.metrics.rows import as_unit

FACTORS = {"shape": ("ball", "cube"), "tint": ("red", "blue"), "size": ("big", "small")}
KEY = ("zero_shot:attributes", "both")


def labelled_pair(n=400, wrong=0.3, factors=FACTORS, seed=0, **labels):
    """Each factor owns two dimensions and is told rightly but for a share `wrong` of the images.

    The attributes (all factors but the first) are wrong on the same images.
    """
    rng = np.random.default_rng(seed)
    names = list(factors)
    misled = {name: rng.permutation(n) < wrong * n for name in names[:2]}
    table = pd.DataFrame({"id": [f"i{row}" for row in range(n)]})
    vectors = np.zeros((n, 6))
    prompts = []
    for place, name in enumerate(names):
        code = rng.integers(2, size=n)
        table[name] = np.array(factors[name])[code]
        seen = np.where(misled[names[min(place, 1)]], 1 - code, code)
        vectors[np.arange(n), 2 * place + seen] = 1
        for label, axis in zip(factors[name], np.eye(6)[2 * place : 2 * place + 2], strict=True):
            prompts.append((f"{name}-{label}", "class", None, name, label, None, axis))
    columns = ["id", "kind", "image_id", "factor", "label", "object", "vector"]
    texts = pd.DataFrame(prompts, columns=columns)
    directions = np.stack(texts.pop("vector").to_list()).astype(np.float32)
    about = metadata(object_factor=names[0], attribute_factors=names[1:])
    return (
        Embeddings(table.assign(**labels), vectors.astype(np.float32), about),
        Embeddings(texts, directions, about),
    )


def rows_of(pair, resamples=400):
    table = measure_pair(*pair, seed=0, resamples=resamples)
    return table.set_index(["metric", "modality"])


def test_roles_are_the_object_factor_and_the_mean_over_attributes():
    rows = rows_of(labelled_pair())
    measures = ["value", "low", "high", "n"]
    shape, role = rows.loc[
        [("zero_shot:shape", "both"), ("zero_shot:object", "both")], measures
    ].values
    np.testing.assert_array_equal(shape, role)
    by_factor = [rows.loc[(f"zero_shot:{name}", "both"), "value"] for name in ("tint", "size")]
    assert by_factor == [0.7, 0.7]
    assert rows.loc[KEY, "value"] == pytest.approx(0.7)
    assert rows.loc[KEY, "n"] == 400


def test_captions_of_a_class_are_averaged_and_named_apart():
    images, texts = labelled_pair()
    # Of each class two captions: its own direction beside another that the two cancel out. The
    # object's are exchanged: its accuracy becomes the share of its wrong images.
    other = np.roll(texts.vectors, 2, axis=1)
    table = pd.concat([texts.table] * 3, ignore_index=True)
    table.loc[len(texts) :, "kind"] = "class_caption"
    table["id"] = table["id"] + "-" + table.index.astype(str)
    exchanged = (table["kind"] == "class_caption") & (table["factor"] == "shape")
    names = {"ball": "cube", "cube": "ball"}
    table.loc[exchanged, "label"] = table.loc[exchanged, "label"].map(names)
    vectors = np.concatenate([texts.vectors, texts.vectors + other, texts.vectors - other])
    rows = rows_of((images, Embeddings(table, vectors, texts.metadata)))
    before = rows_of((images, texts))
    measures = ["value", "low", "high", "n"]
    for name in ("tint", "size", "attributes"):
        captions = rows.loc[(f"zero_shot_captions:{name}", "both"), measures].to_numpy(float)
        prompts = before.loc[(f"zero_shot:{name}", "both"), measures].to_numpy(float)
        np.testing.assert_array_equal(captions, prompts)
    assert rows.loc[("zero_shot_captions:object", "both"), "value"] == pytest.approx(0.3)
    assert rows.loc[("zero_shot:object", "both"), "value"] == pytest.approx(0.7)
    assert not before.index.get_level_values("metric").str.startswith("zero_shot_captions").any()


def test_the_interval_of_the_mean_is_that_of_the_images_it_rests_on():
    # Both attributes fail on the same images: the mean scatters as one proportion of 400 images
    # does, and not as one of 800 independent answers, whose interval is narrower by the root of 2.
    row = rows_of(labelled_pair(), resamples=4000).loc[KEY]
    half = (row["high"] - row["low"]) / 2
    assert half == pytest.approx(1.96 * (0.7 * 0.3 / 400) ** 0.5, rel=0.06)


def test_one_attribute_has_the_interval_of_its_factor():
    rows = rows_of(labelled_pair(factors={name: FACTORS[name] for name in ("shape", "tint")}))
    of_factor, of_role = rows.loc[[("zero_shot:tint", "both"), KEY]].to_numpy()
    np.testing.assert_array_equal(of_role[-4:], of_factor[-4:])


def test_images_without_a_label_count_in_the_other_attributes_only():
    images, texts = labelled_pair(n=40)
    tint = images.table["tint"].where(images.table.index >= 10)
    half = Embeddings(images.table.assign(tint=tint), images.vectors, images.metadata)
    inputs = inputs_of(half, texts)
    rows, (part,) = zero_shot_rows(inputs, as_unit(inputs.images, "images"), 0.95)
    values = {row["metric"]: (row["value"], row["n"]) for row in rows}
    assert values["zero_shot:tint"][1] == 30
    assert values["zero_shot:attributes"] == (
        pytest.approx((values["zero_shot:tint"][0] + values["zero_shot:size"][0]) / 2),
        40,
    )
    # Weights of one give the value; a resample without any labelled image has none.
    weights = np.ones((2, 40), np.float32)
    weights[1, 10:] = 0
    drawn = part(weights)[KEY]
    assert drawn[0] == pytest.approx(values["zero_shot:attributes"][0])
    assert np.isnan(drawn[1])


def test_factors_that_go_by_the_name_of_their_role_have_one_row():
    names = {"object": FACTORS["shape"], "attributes": FACTORS["tint"]}
    table = measure_pair(*labelled_pair(factors=names), seed=0, resamples=99)
    accuracies = table[table["metric"].str.startswith("zero_shot:")]
    assert sorted(accuracies["metric"]) == ["zero_shot:attributes", "zero_shot:object"]


def test_a_factor_that_goes_by_the_name_of_another_role_is_refused():
    names = {"shape": FACTORS["shape"], "object": FACTORS["tint"]}
    with pytest.raises(InputError, match=r"label column 'object': .* that of \['shape'\]"):
        measure_pair(*labelled_pair(factors=names), seed=0, resamples=99)


def test_the_removal_curve_names_roles_too():
    curves = removal.look(*tiny_pair(), seed=0).pivot(
        index="removed", columns=["metric", "modality"], values="value"
    )
    for role, factor in (("object", "digit"), ("attributes", "colour")):
        assert curves[f"zero_shot:{role}", "both"].equals(curves[f"zero_shot:{factor}", "both"])
