import numpy as np
import pytest

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.formats.manifest import read_manifest, write_manifest
from modgap.mad.captions import FACTORS, VALUES, CaptionSpec
from modgap.mad.manifest import mad_class_manifest, mad_group_manifest, mad_manifest
from modgap.measure.inputs import inputs_of
from modgap.measure.table import metric_table


@pytest.fixture
def data(tmp_path):
    rng = np.random.default_rng(0)
    labels = np.stack([rng.integers(len(v), size=40) for v in VALUES.values()], axis=1)
    np.save(tmp_path / "pixels.npy", np.zeros((40, 28, 28, 3), dtype=np.uint8))
    return tmp_path / "pixels.npy", labels.astype(np.uint8)


def make(data, main="digit", attributes=2, seed=0):
    spec = CaptionSpec(main, attributes)
    return mad_manifest(*data, spec, dataset="mad-x", split="test", seed=seed)


def test_it_is_written_and_read(data, tmp_path):
    manifest = make(data)
    write_manifest(tmp_path / "out", manifest)
    found = read_manifest(tmp_path / "out")
    assert (found.dataset, found.split, found.object_factor) == ("mad-x", "test", "digit")
    assert found.attribute_factors == FACTORS[1:]
    assert found.factors == list(FACTORS)
    assert (found.images["path"] == "pixels.npy").all()
    assert found.images["row"].tolist() == list(range(40))


def test_captions_fit_their_images(data):
    manifest = make(data)
    captions = manifest.texts[manifest.texts["kind"] == "caption"]
    assert captions["image_id"].tolist() == manifest.images["image_id"].tolist()
    assert captions[["factor", "label", "object"]].isna().all(axis=None)
    for text, (_, image) in zip(captions["text"], manifest.images.iterrows(), strict=True):
        words = text.split("-")
        assert len(words) == 3
        assert image["digit"] in words
        assert set(words) <= set(image[list(FACTORS)])


def test_labels_are_words(data):
    manifest = make(data)
    for factor, column in zip(FACTORS, data[1].T, strict=True):
        assert manifest.images[factor].tolist() == [VALUES[factor][value] for value in column]


@pytest.mark.parametrize(("main", "counts"), [("digit", (1, 10)), ("colour", (7, 1))])
def test_class_prompts_hold_the_main_factor(data, main, counts):
    texts = make(data, main).texts
    classes = texts[texts["kind"] == "class"]
    assert classes["image_id"].isna().all()
    for factor, values in VALUES.items():
        for value in values:
            prompts = classes[(classes["factor"] == factor) & (classes["label"] == value)]["text"]
            if factor == main:
                assert prompts.tolist() == [value]
            else:
                assert sorted(prompts) == sorted(f"{m}-{value}" for m in VALUES[main])
    digits = classes[(classes["factor"] == "digit") & (classes["label"] == "7")]
    reds = classes[(classes["factor"] == "colour") & (classes["label"] == "red")]
    assert (len(digits), len(reds)) == counts


@pytest.mark.parametrize(("main", "attributes"), [("digit", 3), ("colour", 1), ("digit", 5)])
def test_captions_of_a_class_are_of_the_models_own_kind_and_hold_it(data, main, attributes):
    texts = make(data, main, attributes).texts
    captions = texts[texts["kind"] == "class_caption"]
    counts = captions.groupby(["factor", "label"]).size()
    assert counts.to_dict() == {(f, v): 100 for f, values in VALUES.items() for v in values}
    for text, label in zip(captions["text"], captions["label"], strict=True):
        words = text.split("-")
        assert len(words) == 1 + attributes
        assert label in words
        assert set(words) & set(VALUES[main])
    # All else varies.
    reds = captions[captions["label"] == "red"]["text"].str.split("-").explode()
    assert set(reds) >= (set("0123456789") if main == "digit" else {"red", "thinning"})


def test_captions_without_attributes_hold_no_class_but_the_main_factors(data):
    texts = make(data, "digit", 0).texts
    assert set(texts[texts["kind"] == "class_caption"]["factor"]) == {"digit"}


def test_pair_prompts(data):
    texts = make(data, "colour").texts
    pairs = texts[texts["kind"] == "pair"]
    assert len(pairs) == 10 * 16
    red_seven = pairs[(pairs["label"] == "red") & (pairs["object"] == "7")]
    assert red_seven[["text", "factor"]].to_numpy().tolist() == [["7-red", "colour"]]


def test_a_seed_repeats(data):
    assert make(data).texts.equals(make(data).texts)
    assert not make(data).texts.equals(make(data, seed=1).texts)


def test_labels_of_another_length(data):
    with pytest.raises(InputError, match=r"pixels\.npy: 40 images for labels of shape \(39, 6\)"):
        make((data[0], data[1][:39]))


@pytest.fixture
def classes(data, tmp_path):
    manifest = mad_class_manifest(*data, dataset="mad-digit-colour", split="test")
    write_manifest(tmp_path / "classes", manifest)
    return read_manifest(tmp_path / "classes")


def test_the_data_set_of_classes_has_one_prompt_for_each_of_70(classes):
    texts = classes.texts
    assert (classes.object_factor, classes.attribute_factors) == ("class", ())
    assert classes.factors == ["class"]
    expected = {f"{digit}-{colour}" for digit in range(10) for colour in VALUES["colour"]}
    assert len(texts) == len(expected) == 70
    assert set(texts["label"]) == expected
    assert (texts["text"] == texts["label"]).all()
    assert (texts["kind"] == "class").all()
    assert (texts["factor"] == "class").all()


def test_the_class_of_an_image_is_its_digit_and_colour(classes, data):
    words = make(data).images
    expected = [f"{digit}-{colour}" for digit, colour in words[["digit", "colour"]].to_numpy()]
    assert classes.images["class"].tolist() == expected
    assert classes.images["image_id"].tolist() == words["image_id"].tolist()


def embedded(manifest):
    """Embeddings as the embed stage would write them, of a model that knows every class."""
    directions = dict(zip(manifest.texts["label"], np.eye(70, dtype=np.float32), strict=True))
    metadata = {
        "model": "tiny",
        "dataset": manifest.dataset,
        "split": manifest.split,
        "logit_scale": 20.0,
        "object_factor": manifest.object_factor,
        "attribute_factors": list(manifest.attribute_factors),
    }
    texts = manifest.texts.rename(columns={"text_id": "id"})
    images = manifest.images.rename(columns={"image_id": "id"})
    images, texts = (
        Embeddings(table, np.stack([directions[name] for name in table[column]]), metadata)
        for table, column in ((images, "class"), (texts, "label"))
    )
    return images, texts


def test_the_classes_are_measured_without_captions_and_attributes(classes):
    inputs = inputs_of(*embedded(classes))
    assert not inputs.captions
    assert inputs.texts.shape == (70, 70)
    own = inputs.classes["class"].labels[inputs.pairs[:, 1]]
    assert own.tolist() == classes.images["class"].tolist()
    table = metric_table(inputs, seed=0, resamples=50, confidence=0.95).set_index("metric")
    assert table.loc["zero_shot:class", "value"] == 1
    assert table.loc["l2i", "value"] == pytest.approx(0, abs=1e-6)
    assert not table.index.str.startswith(("recall", "moad")).any()


def test_groups_are_colours_and_wrong_classes_have_a_category(data, tmp_path):
    manifest = mad_group_manifest(*data, dataset="mad-groups", split="test")
    write_manifest(tmp_path / "groups", manifest)
    found = read_manifest(tmp_path / "groups")
    words = make(data).images
    assert found.images["group"].tolist() == words["colour"].tolist()
    assert found.images["digit"].tolist() == words["digit"].tolist()
    known = found.texts["category"].notna()
    right, wrong = found.texts[~known], found.texts[known]
    assert right["text"].tolist() == list(VALUES["digit"])
    for factor in ("thickness", "swelling", "fracture", "scale"):
        own = wrong.loc[wrong["category"] == factor, "text"]
        assert own.tolist() == list(VALUES[factor])
    assert len(wrong) == sum(len(VALUES[name]) for name in FACTORS[1:-1])
