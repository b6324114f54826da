import pandas as pd
import pytest

from modgap.data.audit import audit
from modgap.data.classes import merge_classes
from modgap.data.draft import Draft, images_table, pairs_table, prompts_table

NAMES = {"c1": "crane", "c2": "kite", "c3": "Crane", "c4": "bass", "c5": " kite", "c6": "crane"}


def draft_of(names, labels):
    ids = [f"i{number}" for number in range(len(labels))]
    images = images_table(ids, "pixels.npy", range(len(labels)), animal=labels)
    texts = prompts_table("animal", "a {name}.", names)
    return Draft(".", images, texts, "animal", classes={"animal": list(names)})


def test_classes_with_one_name_are_the_one_listed_first(tmp_path):
    draft = draft_of(NAMES, ["c6", "c5", "c4", "c3", "c2", "c1"])
    # As many prompts as the source lists, before any is merged.
    clean = audit(draft, tmp_path / "report.tsv", "birds", images=6, texts=6)
    assert clean.images["animal"].tolist() == ["c1", "c2", "c4", "c1", "c2", "c1"]
    assert clean.texts["label"].tolist() == ["c1", "c2", "c4"]
    assert clean.texts["text"].tolist() == ["a crane.", "a kite.", "a bass."]
    report = pd.read_csv(tmp_path / "report.tsv", sep="\t")
    assert report["item"].tolist() == ["c3", "c5", "c6"]
    assert report["problem"][0] == "animal with the prompt of c1: 'a Crane.'"
    assert set(report["action"]) == {"one class"}


def test_no_name_twice_changes_nothing():
    draft = draft_of({"c1": "crane", "c2": "kite"}, ["c2", "c1"])
    merged = merge_classes(draft)
    pd.testing.assert_frame_equal(merged.images, draft.images)
    pd.testing.assert_frame_equal(merged.texts, draft.texts)
    assert merged.notes == []


def test_accents_in_one_character_or_two_are_one_name():
    merged = merge_classes(draft_of({"a": "caf\u00e9", "b": "cafe\u0301", "c": "cafe"}, ["b", "c"]))
    assert merged.images["animal"].tolist() == ["a", "c"]


def test_classes_of_several_prompts_are_one_if_all_are_the_same():
    draft = draft_of({"a": "x", "b": "x", "c": "x"}, ["a", "b", "c"])
    more = prompts_table("animal", "the {name}", {"a": "x", "b": "x", "c": "y"})
    more["text_id"] += ":2"
    draft.texts = pd.concat([draft.texts, more], ignore_index=True)
    merged = merge_classes(draft)
    assert merged.images["animal"].tolist() == ["a", "a", "c"]
    assert merged.texts["text_id"].tolist() == ["animal:a", "animal:c", "animal:a:2", "animal:c:2"]


def test_one_word_of_two_factors_stays_two_classes():
    draft = draft_of({"orange": "orange"}, ["orange"])
    draft.images["colour"] = "orange"
    colours = prompts_table("colour", "a {name}.", {"orange": "orange"})
    draft.texts = pd.concat([draft.texts, colours], ignore_index=True)
    assert len(merge_classes(draft).texts) == 2


@pytest.fixture
def compositions():
    """Attributes and objects of which two of each are said alike."""
    attributes = {"Hot": "hot", "hot": "hot", "hot.dog": "hot dog"}
    objects = {"food": "food", "Food": "food", "dog.food": "dog food"}
    images = images_table(
        list("abcd"),
        "pixels.npy",
        range(4),
        attribute=["Hot", "hot", "hot", "hot.dog"],
        object=["food", "food", "Food", "dog.food"],
    )
    texts = [
        prompts_table("attribute", "a {name} object", attributes),
        prompts_table("object", "a {name}", objects),
        pairs_table("attribute", "a {attribute} {object}", attributes, objects),
    ]
    texts = pd.concat(texts, ignore_index=True)
    return Draft(".", images, texts, "object", ("attribute",))


def test_pairs_follow_their_attribute_and_object(compositions):
    merged = merge_classes(compositions)
    assert merged.images["attribute"].tolist() == ["Hot", "Hot", "Hot", "hot.dog"]
    assert merged.images["object"].tolist() == ["food", "food", "food", "dog.food"]
    pairs = merged.texts[merged.texts["kind"] == "pair"]
    assert list(zip(pairs["label"], pairs["object"], strict=True)) == [
        ("Hot", "food"),
        ("Hot", "dog.food"),
        ("hot.dog", "food"),
        ("hot.dog", "dog.food"),
    ]
    assert merged.texts["text_id"].is_unique


def test_pairs_that_read_alike_are_reported_and_kept(compositions):
    notes = [note for note in merge_classes(compositions).notes if note.action == "kept"]
    assert [(note.item, note.remark) for note in notes] == [
        ("pair:hot.dog:food", "another pair has its prompt: 'a hot dog food'")
    ]
