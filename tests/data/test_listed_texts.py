import json

import numpy as np
import pytest

from modgap.data.listed_texts import listed

TEXTS = ["a dog", 'it\'s a "pet"', "a\nbird", "café [x], y", "l'\\d", "😀"]


@pytest.mark.parametrize("write", [json.dumps, repr, str], ids=["json", "repr", "str"])
def test_texts_of_a_list_that_was_written_as_text(write):
    assert listed(write(TEXTS)) == TEXTS
    assert listed(f" {write(TEXTS[:1])}\n") == TEXTS[:1]


def test_numpy_writes_no_commas_and_the_texts_are_not_joined():
    texts = ["a dog runs over the wide green field", "it's a pet that runs over the field", "x"]

    assert listed(str(np.array(texts, dtype=object))) == texts


@pytest.mark.parametrize("write", [json.dumps, repr, lambda texts: repr(tuple(texts))])
def test_a_text_that_is_missing_in_a_list_is_none_and_a_list_without_any_is_empty(write):
    """As pandas writes lists and tuples; "[]" was a caption of its own."""
    assert listed(write(["a dog", None])) == ["a dog", None]
    assert listed(write([float("nan"), "a dog"])) == [None, "a dog"]
    assert listed(write([None, None])) == [None, None]
    assert listed(write(TEXTS)) == TEXTS
    assert listed("[]") == listed("[ ]") == listed("()") == [""]


@pytest.mark.parametrize("write", [json.dumps, repr])
def test_records_of_sentences_written_as_text_are_what_is_raw_in_them(write):
    records = [{"tokens": ["a", "dog"], "raw": "A dog."}, {"raw": "it's a pet", "sentid": 2}]
    assert listed(write(records)) == ["A dog.", "it's a pet"]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "a dog",
            "[a dog]",
            "[applause] they clap]",
            "[1, 2]",
            "['a', 1]",
            '["a", null, 1]',
        ),
        *(
            "[['a'], ['b']]",
            '["a"], ["b"]',
            "['a'] ['b']",
            "['a",
            "['a', b'x']",
            "[f'a']",
            "['a' +]",
        ),
        *("('a')", "('a' 'b')", "(a dog)", "[{'a': 'b'}]", "[{'raw': 'a'}, 'b']", "[{'raw': 1}]"),
        *("{'a': 'b'}", "[" * 5000 + "]" * 5000, "['a\0']x]", "[\ud83d]", "[ 'a'\n  \n'b' | ]"),
    ],
)
def test_what_is_no_list_of_texts_stays_as_it_is(text):
    assert listed(text) == [text]
