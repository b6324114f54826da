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


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "a dog",
            "[a dog]",
            "[applause] they clap]",
            "[1, 2]",
            "[]",
            "['a', 1]",
            '["a", null]',
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
        *("{'a': 'b'}", "[" * 5000 + "]" * 5000, "['a\0']x]", "[\ud83d]", "[ 'a'\n  \n'b' | ]"),
    ],
)
def test_what_is_no_list_of_texts_stays_as_it_is(text):
    assert listed(text) == [text]
