import numpy as np
import pandas as pd
import pytest
from helpers import naive_metrics
from helpers.tiny_embeddings import metadata, tiny_pair

from modgap import changed_answers, gap_cosine
from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.measure.table import COLUMNS, measure_pair
from modgap.metrics.clusters import cluster_v_measure

SETTINGS = {"seed": 0, "resamples": 300}
INTERVALS = {"l2m", "l2i", "rmg", "cosine_pairs", "cosine_non_pairs", "alignment", "logit_entropy"}


@pytest.fixture(scope="module")
def pair():
    return tiny_pair()


@pytest.fixture(scope="module")
def table(pair):
    return measure_pair(*pair, **SETTINGS)


def value(table, metric, modality="both"):
    rows = table[(table["metric"] == metric) & (table["modality"] == modality)]
    assert len(rows) == 1, (metric, modality)
    return rows["value"].iloc[0]


def test_the_table_has_the_columns_of_the_contract_and_every_metric_once(table):
    assert list(table.columns) == COLUMNS
    assert not table.duplicated(["metric", "modality"]).any()
    assert set(table["model"]) == {"tiny"}
    assert set(table["split"]) == {"test"}
    image_and_text = ["moad", "moad:colour", "uniformity", "effective_rank", "similarity_spread"]
    image_and_text += [
        f"{kind}:{name}" for kind in ("separation", "bias") for name in ("digit", "colour")
    ]
    expected = {(name, side) for name in image_and_text for side in ("image", "text")}
    both_ways = [f"recall@{k}" for k in (1, 5, 10)] + ["chance:recall@1", "logit_entropy"]
    expected |= {(name, way) for name in both_ways for way in ("image_to_text", "text_to_image")}
    both = INTERVALS - {"logit_entropy"} | {"logit_scale", "similarity_spread"}
    both |= {f"zero_shot:{name}" for name in ("digit", "colour", "object", "attributes")}
    both |= {f"chance:{name}" for name in both if name.startswith("zero_shot:")}
    both |= {"cross_modal_neighbours", "linear_separability", "cosine_shift"}
    both |= {"cluster_v_measure", "gap_cosine", "changed_answers:object"}
    both |= {
        f"{name}{tail}" for name in ("margin", "relative_bias") for tail in ("", ":one_percent")
    }
    # No subspace_angle: the captions fill fewer than ten dimensions.
    expected |= {(name, "both") for name in both}
    searches = ("mixed_recall@10", "mixed_ndcg@10", "in_modality_recall@1")
    expected |= {(name, side) for name in searches for side in ("image", "text")}
    assert set(zip(table["metric"], table["modality"], strict=True)) == expected


def test_values_are_those_of_the_definitions(pair, table):
    images, texts = pair
    captions = texts.vectors[(texts.table["kind"] == "caption").to_numpy()]
    pairs = [(i, i) for i in range(40)]
    assert value(table, "rmg") == pytest.approx(naive_metrics.rmg(images.vectors, captions, pairs))
    digits = images.table["digit"].to_numpy()
    for k in (1, 5):
        found = naive_metrics.recall(images.vectors, captions, pairs, k, digits)
        assert value(table, f"recall@{k}", "image_to_text") == pytest.approx(found[0])
        assert value(table, f"recall@{k}", "text_to_image") == pytest.approx(found[1])
    separated = [
        naive_metrics.separation(images.vectors, images.table[name].to_numpy())
        for name in ("digit", "colour")
    ]
    assert value(table, "moad", "image") == pytest.approx(separated[0] - separated[1], abs=1e-6)
    assert value(table, "separation:colour", "image") == pytest.approx(separated[1], abs=1e-6)
    assert value(table, "gap_cosine") == pytest.approx(gap_cosine(images.vectors, captions))
    prompts = texts.vectors[(texts.table["factor"] == "digit").to_numpy()]
    changed = changed_answers(images.vectors, prompts)
    assert value(table, "changed_answers:object") == pytest.approx(changed.mean())
    assert value(table, "bias:colour", "image") == pytest.approx(-value(table, "moad", "image"))


def test_clusters_of_both_modalities_are_judged_by_the_objects(pair, table):
    images, texts = pair
    captions = texts.vectors[(texts.table["kind"] == "caption").to_numpy()]
    digits = images.table["digit"].astype(str)
    expected = cluster_v_measure(
        np.concatenate([images.vectors, captions]), np.tile(digits, 2), seed=0
    )
    # Not the same order, so not the same start: but the same clouds.
    assert value(table, "cluster_v_measure") == pytest.approx(expected, abs=0.15)


def test_chance_is_that_of_a_random_answer(pair, table):
    images, texts = pair
    words = images.table["digit"].to_numpy()  # what captions say
    assert len(set(words)) < len(words)
    # A random image is right for a text as often as a random text is for an image: for each image
    # one of the different texts, for each text its images among all.
    assert value(table, "chance:recall@1", "image_to_text") == pytest.approx(1 / len(set(words)))
    shares = [np.mean(words == word) for word in set(words)]
    assert value(table, "chance:recall@1", "text_to_image") == pytest.approx(np.mean(shares))
    sizes = {
        name: texts.table.query("kind == 'class' and factor == @name")["label"].nunique()
        for name in ("digit", "colour")
    }
    assert value(table, "chance:zero_shot:digit") == pytest.approx(1 / sizes["digit"])
    assert value(table, "chance:zero_shot:object") == pytest.approx(1 / sizes["digit"])
    assert value(table, "chance:zero_shot:attributes") == pytest.approx(1 / sizes["colour"])


def test_text_moad_is_that_of_each_images_own_prompt(pair, table):
    images, texts = pair
    prompts = texts.table[texts.table["kind"] == "pair"]
    rows = {(row.label, row.object): row.Index for row in prompts.itertuples()}
    labels = images.table[["colour", "digit"]].to_numpy()
    own = texts.vectors[[rows[tuple(pair)] for pair in labels]]
    expected = naive_metrics.separation(own, labels[:, 1]) - naive_metrics.separation(
        own, labels[:, 0]
    )
    assert value(table, "moad", "text") == pytest.approx(expected, abs=1e-6)


def test_zero_shot_takes_the_mean_of_several_prompts_and_skips_unlabelled_images(pair):
    images, texts = pair
    classes = texts.table["kind"] == "class"
    extra = texts.table[classes].assign(id="again-" + texts.table[classes]["id"])
    noise = np.random.default_rng(0).normal(size=(5, 6))
    doubled = Embeddings(
        pd.concat([texts.table, extra], ignore_index=True),
        np.concatenate([texts.vectors, 3 * texts.vectors[classes] + noise]).astype(np.float32),
        metadata(),
    )
    labels = images.table.assign(colour=images.table["colour"].where(images.table.index >= 10))
    table = measure_pair(Embeddings(labels, images.vectors, metadata()), doubled, **SETTINGS)
    unit = naive_metrics.unit(doubled.vectors)
    place = doubled.table.reset_index().query("factor == 'colour' and kind == 'class'")
    means = {x: unit[rows["index"]].mean(0) for x, rows in place.groupby("label")}
    names = sorted(means)
    cosines = naive_metrics.unit(images.vectors) @ naive_metrics.unit([means[x] for x in names]).T
    guess = np.array(names)[cosines.argmax(1)]
    hits = (guess == images.table["colour"])[10:]
    assert value(table, "zero_shot:colour") == pytest.approx(hits.mean())
    rows = table.set_index("metric")["n"]
    assert rows["zero_shot:colour"] == 30
    assert (table.loc[table["metric"] == "moad", "n"] == 30).all()


def test_intervals_hold_the_value_and_shrink_with_n(table):
    bounded = table.dropna(subset=["low"])
    assert (bounded["low"] <= bounded["value"] + 1e-9).all()
    assert (bounded["value"] <= bounded["high"] + 1e-9).all()
    assert set(bounded["metric"]) >= INTERVALS
    wide = bounded.query("metric == 'rmg'").iloc[0]
    large = measure_pair(*tiny_pair(640), **SETTINGS).query("metric == 'rmg'").iloc[0]
    ratio = (wide["high"] - wide["low"]) / (large["high"] - large["low"])
    assert 2.5 < ratio < 6.5  # √(640/40) = 4


def test_a_closed_gap_lies_in_its_interval():
    images, _ = tiny_pair(100)
    ids = images.table["id"]
    texts = pd.DataFrame({"id": ids + "-c", "kind": "caption", "image_id": ids})
    texts = texts.assign(factor=None, label=None, object=None)
    # The same vectors given to other images: one centre, but not one resample keeps it so.
    other = Embeddings(texts, images.vectors[::-1], metadata())
    row = measure_pair(images, other, **SETTINGS).query("metric == 'l2m'").iloc[0]
    assert row["low"] <= row["value"] + 1e-6 < row["high"] < 0.3


def test_the_table_repeats_with_the_seed_and_only_intervals_change_with_it(pair, table):
    pd.testing.assert_frame_equal(measure_pair(*pair, **SETTINGS), table)
    other = measure_pair(*pair, seed=1, resamples=300)
    drawn = ["linear_separability"]
    assert not other["low"].equals(table["low"])
    keep = ~table["metric"].isin(drawn)
    pd.testing.assert_series_equal(other["value"][keep], table["value"][keep])


def test_without_captions_every_image_matches_its_class_prompt():
    images, texts = tiny_pair(captions=False)
    table = measure_pair(images, texts, **SETTINGS)
    prompts = texts.table.reset_index().query("kind == 'class' and factor == 'digit'")
    rows = prompts.sort_values("label")["index"].to_numpy()
    place = {label: i for i, label in enumerate(sorted(prompts["label"]))}
    pairs = [(i, place[x]) for i, x in enumerate(images.table["digit"])]
    expected = naive_metrics.rmg(images.vectors, texts.vectors[rows], pairs)
    assert value(table, "rmg") == pytest.approx(expected)
    assert not table["metric"].str.startswith("recall").any()
    row = table.query("metric == 'rmg'").iloc[0]
    assert row["low"] <= row["value"] <= row["high"]


def test_captions_of_one_image_are_resampled_together():
    once = measure_pair(*tiny_pair(200, prompts=False), **SETTINGS).set_index("metric")
    fourfold = measure_pair(*tiny_pair(200, per_image=4, prompts=False), **SETTINGS)
    fourfold = fourfold.set_index("metric")
    for name in ("l2m", "cosine_pairs"):
        assert fourfold.loc[name, "value"] == pytest.approx(once.loc[name, "value"], abs=1e-6)
        assert fourfold.loc[name, "low"] == pytest.approx(once.loc[name, "low"], abs=1e-4)


def test_a_collapsed_text_tower_has_no_hits():
    images, texts = tiny_pair(prompts=False)
    collapsed = Embeddings(texts.table, np.ones_like(texts.vectors), metadata())
    table = measure_pair(images, collapsed, **SETTINGS)
    assert value(table, "recall@10", "image_to_text") == 0


def test_identical_captions_are_told_by_their_words_where_the_file_has_them():
    images, texts = tiny_pair(prompts=False)
    named = texts.table.assign(text=texts.table["image_id"])
    apart = measure_pair(images, Embeddings(named, texts.vectors, metadata()), **SETTINGS)
    assert apart.query("metric == 'recall@1'")["n"].tolist() == [40, 40]
    assert value(apart, "recall@1", "image_to_text") == 0
    same = measure_pair(images, texts, **SETTINGS)
    assert same.query("metric == 'recall@1'")["n"].tolist() == [40, 3]


def test_files_that_do_not_belong_together_are_refused(pair):
    images, texts = pair
    with pytest.raises(InputError, match="model is 'tiny' in one and 'big' in the other"):
        measure_pair(
            images, Embeddings(texts.table, texts.vectors, metadata(model="big")), **SETTINGS
        )
    with pytest.raises(InputError, match="images have 6 dimensions and texts 5"):
        measure_pair(images, Embeddings(texts.table, texts.vectors[:, :5], metadata()), **SETTINGS)
    lost = texts.table.assign(image_id=texts.table["image_id"].replace("i3", "i99"))
    with pytest.raises(InputError, match=r"caption 'i3-0' is of image 'i99'"):
        measure_pair(images, Embeddings(lost, texts.vectors, metadata()), **SETTINGS)
    odd = images.table.assign(digit=images.table["digit"].where(images.table.index != 7, "ten"))
    with pytest.raises(InputError, match="row 7 is digit 'ten', which has no class prompt"):
        measure_pair(Embeddings(odd, images.vectors, metadata()), texts, **SETTINGS)
    bare = Embeddings(images.table[["id", "digit"]], images.vectors, metadata())
    with pytest.raises(InputError, match="no label column 'colour'"):
        measure_pair(bare, texts, **SETTINGS)
    bare = Embeddings(texts.table.drop(columns="object"), texts.vectors, metadata())
    with pytest.raises(InputError, match="texts: no column 'object'"):
        measure_pair(images, bare, **SETTINGS)
    only = texts.select((texts.table["kind"] == "pair").to_numpy())
    with pytest.raises(InputError, match="neither captions nor class prompts"):
        measure_pair(images, only, **SETTINGS)


@pytest.mark.parametrize("settings", [{"resamples": 0}, {"confidence": 1.0}])
def test_settings_out_of_range_are_refused(pair, settings):
    with pytest.raises(InputError, match="resamples"):
        measure_pair(*pair, **{**SETTINGS, **settings})
