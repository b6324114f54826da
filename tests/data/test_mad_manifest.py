import numpy as np
import pytest

from modgap.data.captions import FACTORS, VALUES, CaptionSpec
from modgap.data.mad_manifest import mad_manifest
from modgap.errors import InputError
from modgap.manifest import read_manifest, write_manifest


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
