import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from modgap.data.word_counts import count_table, count_words, read_word_counts
from modgap.errors import InputError

REPO = Path(__file__).parents[2]
SHEET = REPO / "config" / "word_counts.tsv"
FLICKR = REPO.parent / "shared" / "data" / "flickr8k" / "captions.tsv"

CAPTIONS = [
    "A red dog and a RED car.",  # red twice: counts once
    "Dogs, reddish; a hot-dog!",  # no red, no dog alone but in the phrase
    "the dog is hot",  # hot and dog, but not in one piece
    "Un café_rouge for the dog's friend",  # an underscore parts words, an apostrophe too
    "",
]


def test_what_a_word_is():
    words = ["red", "dog", "hot dog", "rouge", "café", "s", "car", "absent"]
    counts, total = count_words(CAPTIONS, words)
    assert total == 5
    assert counts == {
        "red": 1,
        "dog": 4,
        "hot dog": 1,
        "rouge": 1,
        "café": 1,
        "s": 1,
        "car": 1,
        "absent": 0,
    }


def test_an_accent_may_be_a_character_of_its_own():
    counts, _ = count_words(["Cafe\u0301 au lait", "a caf\u00e9"], ["caf\u00e9", "cafe"])
    assert counts == {"caf\u00e9": 2, "cafe": 0}


def test_vowel_signs_are_part_of_a_word():
    """Without them "कुता" was in a caption of other words."""
    counts, _ = count_words(["लाल कुत्ता", "कि ता"], ["कुता", "कुत्ता", "लाल"])
    assert counts == {"कुता": 0, "कुत्ता": 1, "लाल": 1}


def test_entries_are_compared_in_lower_case_and_keep_their_spelling():
    counts, _ = count_words(CAPTIONS, ["Hot-Dog", "DOG"])
    assert counts == {"Hot-Dog": 1, "DOG": 4}


def test_counts_agree_with_a_search_by_regular_expression():
    rng = np.random.default_rng(0)
    syllables = ["re", "d", "dog", "hot", "s", "-", " ", " ", " ", ".", "RED", "Hot dog"]
    captions = ["".join(rng.choice(syllables, size=rng.integers(0, 15))) for _ in range(2_003)]
    words = ["red", "dog", "hot dog", "dogs", "re", "hot", "dog dog"]
    counts, total = count_words(iter(captions), words)
    assert total == 2_003
    for word in words:
        pattern = re.compile(
            r"(?<![a-z])" + r"[^a-z]+".join(word.split()) + r"(?![a-z])", re.IGNORECASE
        )
        expected = sum(bool(pattern.search(caption)) for caption in captions)
        assert counts[word] == expected > 0, word


def test_captions_are_streamed():
    consumed = []

    def stream():
        for number in range(10):
            consumed.append(number)
            yield "a dog"

    assert count_words(stream(), ["dog"]) == ({"dog": 10}, 10)
    assert consumed == list(range(10))


def test_a_table_like_the_published_one():
    words = pd.DataFrame({"word": ["dog", "red", "dog"], "kind": ["object", "attribute", "object"]})
    table, total = count_table(CAPTIONS, "mine", words)
    assert total == 5
    assert table.to_dict("list") == {
        "corpus": ["mine", "mine"],
        "word": ["dog", "red"],
        "kind": ["object", "attribute"],
        "captions": [4, 1],
    }
    assert list(table) == list(read_word_counts(SHEET))


def test_bad_words_and_empty_corpora_are_named():
    with pytest.raises(InputError, match=r"words to count: \['--'\]"):
        count_words(CAPTIONS, ["dog", "--"])
    with pytest.raises(InputError, match="words to count: none"):
        count_words(CAPTIONS, [])
    words = pd.DataFrame({"word": ["dog"], "kind": ["object"]})
    with pytest.raises(InputError, match="corpus 'mine' has no captions"):
        count_table([], "mine", words)


def test_the_published_counts():
    table = read_word_counts(SHEET)
    assert set(table["corpus"]) == {"cc3m", "cc12m", "yfcc15m", "laion400m"}
    assert table.groupby("kind")["word"].nunique().to_dict() == {"attribute": 35, "object": 610}
    counts = table.set_index(["corpus", "word"])["captions"]
    assert counts["cc3m", "background"] == 171_365
    # Lemmatised: singular and plural have one count.
    assert counts["cc3m", "airplane"] == counts["cc3m", "airplanes"] == 4_477


def test_bad_sheets_are_named(tmp_path):
    path = tmp_path / "counts.tsv"
    for text, message in (
        ("word\tcaptions\n", "no column 'corpus', 'kind'"),
        ("corpus\tword\tkind\tcaptions\na\tred\tcolour\t1\n", "a 'red': kind is attribute"),
        ("corpus\tword\tkind\tcaptions\na\tred\tobject\t1\na\tred\tobject\t1\n", "once per corpus"),
        ("corpus\tword\tkind\tcaptions\na\tred\tobject\t-1\n", "something else than counts"),
    ):
        path.write_text(text)
        with pytest.raises(InputError, match=message):
            read_word_counts(path)
    with pytest.raises(InputError, match="no such file"):
        read_word_counts(tmp_path / "none.tsv")
    path.write_bytes("corpus\tword\tkind\tcaptions\na\tNA\tobject\t1\n".encode("utf-8-sig"))
    assert read_word_counts(path)["word"].tolist() == ["NA"]
    path.write_bytes("corpus\tword\tkind\tcaptions\na\té\tobject\t1\n".encode("cp1252"))
    with pytest.raises(InputError, match="line 2 is not UTF-8"):
        read_word_counts(path)


@pytest.mark.parametrize("word", ["true", "7", "c#", "null"])
def test_a_word_stays_the_word_that_it_is(tmp_path, word):
    """ "true" became a truth value, "7" a number, and "c#" ended at its mark."""
    path = tmp_path / "counts.tsv"
    path.write_text(f"corpus\tword\tkind\tcaptions\n1\t{word} \tobject\t5\n")
    table = read_word_counts(path)
    assert table.to_dict("records") == [
        {"corpus": "1", "word": word, "kind": "object", "captions": 5}
    ]
    counted, _ = count_table([f"a {word} b"], "own", table)
    assert counted["captions"].tolist() == [1]


def test_a_real_corpus():
    if not FLICKR.is_file():
        pytest.skip("Flickr8k's captions are not beside the repository")
    captions = pd.read_csv(FLICKR, sep="\t", quoting=3, keep_default_na=False)["caption"]
    words = read_word_counts(SHEET)[["word", "kind"]]
    table, total = count_table(captions, "flickr8k", words)
    assert total == 40_000
    counts = table.set_index("word")["captions"]
    assert counts["dog"] == captions.str.contains(r"\bdog\b", case=False).sum()
    assert counts["white"] == captions.str.contains(r"\bwhite\b", case=False).sum()
    assert counts["hot dog"] == captions.str.contains(r"\bhot dog\b", case=False).sum()
