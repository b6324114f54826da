import logging

import numpy as np
import pandas as pd
import pytest
from helpers.tiny_embeddings import metadata, tiny_pair

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.measure.inputs import inputs_of, label_rows
from modgap.measure.table import measure_pair


def with_twin(twin_vector=None, words=None):
    """`tiny_pair` with a class "nil" of its own images, whose prompt is that of "zero"."""
    images, texts = tiny_pair(120, captions=False)
    table = images.table.copy()
    zero = np.flatnonzero(table["digit"] == "zero")
    table.loc[zero[::2], "digit"] = "nil"
    place = texts.table.index[texts.table["id"] == "c-zero"][0]
    row = texts.table.loc[[place]].assign(id="c-nil", label="nil")
    prompts = pd.concat([texts.table, row], ignore_index=True)
    pairs = texts.table[texts.table["object"] == "zero"]
    more = pairs.assign(id=pairs["id"] + "-nil", object="nil")
    prompts = pd.concat([prompts, more], ignore_index=True)
    if words is not None:
        prompts["text"] = words(prompts)
    vector = texts.vectors[[place]] if twin_vector is None else twin_vector(texts.vectors[[place]])
    vectors = np.concatenate([texts.vectors, vector, texts.vectors[pairs.index]])
    return Embeddings(table, images.vectors, metadata()), Embeddings(prompts, vectors, metadata())


def accuracy(images, texts):
    table = measure_pair(images, texts, seed=0, resamples=5)
    return table.set_index("metric").loc["zero_shot:digit", "value"]


@pytest.mark.parametrize("noise", [0, 1e-7, 1e-5])
def test_classes_with_one_prompt_are_one_class_and_said(caplog, noise):
    images, texts = with_twin(lambda vector: vector * (1 + noise * np.linspace(-1, 1, 6)))
    inputs = inputs_of(images, texts)
    assert inputs.classes["digit"].labels.tolist() == ["nil", "one", "two"]
    assert set(inputs.labels["digit"]) == {"nil", "one", "two"}
    assert "digit: 'zero' and 'nil' have the same prompts and count as one class" in caplog.text
    assert accuracy(images, texts) == accuracy(*tiny_pair(120, captions=False))


def test_words_tell_classes_apart_where_the_file_has_them():
    def by_label(table):
        return table["label"].fillna("") + " " + table["object"].fillna("")

    inputs = inputs_of(*with_twin(words=by_label))
    assert inputs.classes["digit"].labels.tolist() == ["nil", "one", "two", "zero"]

    def one_word(table):
        return by_label(table).str.replace("nil", "zero")

    far = with_twin(lambda vector: -vector, one_word)
    assert inputs_of(*far).classes["digit"].labels.tolist() == ["nil", "one", "two"]


def test_a_label_without_prompt_is_refused_beside_twins_too():
    images, texts = with_twin()
    odd = images.table.assign(digit=images.table["digit"].where(images.table.index != 7, "ten"))
    with pytest.raises(InputError, match="row 7 is digit 'ten', which has no class prompt"):
        measure_pair(Embeddings(odd, images.vectors, metadata()), texts, seed=0, resamples=5)


def test_prompts_that_have_collapsed_are_not_one_class():
    images, texts = tiny_pair(120, captions=False)
    flat = Embeddings(texts.table, np.ones_like(texts.vectors), metadata())
    inputs = inputs_of(images, flat)
    assert len(inputs.classes["digit"].labels) == 3
    assert accuracy(images, flat) == 0


def test_missing_labels_are_counted_and_are_no_class_called_none(caplog):
    images, texts = tiny_pair(40)
    labels = images.table.assign(colour=images.table["colour"].where(images.table.index >= 10))
    labels.loc[3, "digit"] = ""
    inputs = inputs_of(Embeddings(labels, images.vectors, metadata()), texts)
    assert inputs.labels["colour"].isna().sum() == 10
    assert "images: 10 of 40 have no 'colour'" in caplog.text
    assert "images: 1 of 40 have no 'digit'" in caplog.text
    assert (inputs.pair_rows["colour"][:10] == -1).all()
    assert (inputs.pair_rows["colour"][10:] >= 0).all()
    # A class that is called as pandas shows a missing cell is no home for images without a label.
    for word in ("nan", "None", "<NA>"):
        other = texts.table.replace({"label": {"red": word}})
        rows = inputs_of(
            Embeddings(labels.replace({"colour": {"red": word}}), images.vectors, metadata()),
            Embeddings(other, texts.vectors, metadata()),
        )
        place = label_rows(rows.labels["colour"], rows.classes["colour"], "colour")
        assert (place[:10] == -1).all()
        assert (place[10:] >= 0).all()
        assert (rows.pair_rows["colour"][:10] == -1).all()


def test_labels_that_are_numbers_meet_their_prompts(caplog):
    images, texts = tiny_pair(40)
    numbers = {"zero": 0.0, "one": 1.0, "two": 2.0}
    labels = images.table.assign(digit=images.table["digit"].map(numbers).astype(float))
    labels.loc[5, "digit"] = np.nan
    words = {word: str(int(number)) for word, number in numbers.items()}
    prompts = texts.table.replace({"label": words, "object": words})
    inputs = inputs_of(
        Embeddings(labels, images.vectors, metadata()),
        Embeddings(prompts, texts.vectors, metadata()),
    )
    rows = label_rows(inputs.labels["digit"], inputs.classes["digit"], "digit")
    assert (rows == -1).sum() == 1
    assert (inputs.pair_rows["colour"] == -1).sum() == 1


def test_a_class_prompt_without_label_is_refused():
    images, texts = tiny_pair()
    lost = texts.table.assign(label=texts.table["label"].where(texts.table["id"] != "c-one"))
    with pytest.raises(InputError, match="class prompt 'c-one' has no label"):
        inputs_of(images, Embeddings(lost, texts.vectors, metadata()))


def test_a_text_may_belong_to_several_images_or_none(caplog):
    caplog.set_level(logging.INFO)
    images, texts = tiny_pair(4, prompts=False)
    owners = [["i0", "i2"], ["i1"], None, ["i3", "i0"]]
    table = texts.table.assign(image_id=pd.Series(owners, dtype=object))
    inputs = inputs_of(images, Embeddings(table, texts.vectors, metadata()))
    assert inputs.pairs.tolist() == [[0, 0], [2, 0], [1, 1], [3, 3], [0, 3]]
    assert "texts: 1 of 4 belong to no image; they only compete" in caplog.text
    alone = texts.table.assign(image_id=None)
    with pytest.raises(InputError, match="no caption names its image"):
        inputs_of(images, Embeddings(alone, texts.vectors, metadata()))


def test_an_image_that_is_there_twice_is_one_query_and_one_answer(caplog):
    caplog.set_level(logging.INFO)
    images, texts = tiny_pair(30, prompts=False, noise=0.9)
    words = texts.table.assign(text=[f"caption {n}" for n in range(30)])
    rng = np.random.default_rng(0)
    own = images.vectors + 0.1 * rng.normal(size=images.vectors.shape).astype(np.float32)
    once = measure_pair(images, Embeddings(words, own, metadata()), seed=0, resamples=5)
    rows = np.repeat(np.arange(30), 2)
    doubled = images.table.iloc[rows].assign(id=[f"j{n}" for n in range(60)])
    captions = words.assign(image_id=[f"j{2 * n + n % 2}" for n in range(30)])
    twice = measure_pair(
        Embeddings(doubled.reset_index(drop=True), images.vectors[rows], metadata()),
        Embeddings(captions, own, metadata()),
        seed=0,
        resamples=5,
    )
    recalls = [
        table[table["metric"].str.startswith("recall")].set_index(["metric", "modality"])
        for table in (once, twice)
    ]
    pd.testing.assert_frame_equal(recalls[0][["value", "n"]], recalls[1][["value", "n"]])
    assert "images: 30 of 60 are different by their vectors" in caplog.text


def test_captions_without_words_are_each_their_own():
    images, texts = tiny_pair(6, prompts=False)
    words = texts.table.assign(text=["a", "a", None, None, "NA", ""])
    groups = inputs_of(images, Embeddings(words, texts.vectors, metadata())).groups
    assert len(np.unique(groups)) == 5
    assert groups[0] == groups[1]
