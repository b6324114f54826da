import unicodedata
from collections import Counter

import numpy as np
import pytest

from modgap.data.views import VIEWS, pieces, view
from modgap.errors import InputError

# Sentences, lists of tags, numbers, accents, and captions that are too short for some views.
TEXTS = [
    "mountain cableway, cable, gondola, lift, ski, transportation, vehicle",
    "A man's dog runs over 1,000 steps; it barks. Nobody hears it!",
    "Two cafés on the Élysée",
    "three little words",
    "flag, egypt",
    "dog",
]
SEEDS = range(200)


def all_views(text, name):
    return Counter(view([text], name, np.random.default_rng(seed))[0] for seed in SEEDS)


def words(text):
    for mark in ",;.!":
        text = text.replace(f"{mark} ", " ").removesuffix(mark)
    return text.split()


def test_the_parts_of_words_are_those_of_the_paper():
    text = "a b c d e f g"
    assert set(all_views(text, "half")) == {"a b c", "d e f g"}
    # The last quarter takes the remainder.
    assert set(all_views(text, "quarter")) == {"a", "b", "c", "d e f g"}


@pytest.mark.parametrize(("name", "parts"), [("half", 2), ("quarter", 4)])
def test_parts_are_equally_likely(name, parts):
    views = view(["a b c d"] * 4000, name, np.random.default_rng(1))
    shares = np.array(list(Counter(views).values())) / 4000
    assert len(shares) == parts
    # Five standard errors.
    assert np.abs(shares - 1 / parts).max() < 5 * np.sqrt(1 / parts * (1 - 1 / parts) / 4000)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(("name", "parts"), [("half", 2), ("quarter", 4)])
def test_the_parts_of_a_caption_are_the_caption(text, name, parts):
    views = sorted(all_views(text, name), key=text.index)
    assert len(views) == min(parts, len(words(text)))
    assert [word for each in views for word in words(each)] == words(text)
    assert all(each in text for each in views)


@pytest.mark.parametrize("name", list(VIEWS))
def test_no_view_of_a_caption_with_a_word_is_empty(name):
    views = [text for seed in SEEDS for text in view(TEXTS, name, np.random.default_rng(seed))]
    assert all(words(text) for text in views)


@pytest.mark.parametrize(
    "text",
    [
        "हिन्दी में कुत्ता दौड़ता",
        "قِطَّةٌ سَوْدَاءُ",
        "می‌خواهم بروم",
        unicodedata.normalize("NFD", "Café à l’été passé"),
    ],
)
def test_no_word_is_cut_before_a_mark_of_its_own(text):
    """Vowel signs and accents; half a caption ended in half a word, or without its accent."""
    first, *rest = sorted(all_views(text, "half"), key=text.index)
    assert [f"{first} {' '.join(rest)}", len(rest)] == [text, 1]


def test_a_caption_of_fewer_words_than_parts_is_cut_into_its_words():
    assert set(all_views("three little words", "quarter")) == {"three", "little", "words"}
    assert set(all_views("dog", "half")) == set(all_views("dog", "quarter")) == {"dog"}


def test_full_is_the_caption_and_takes_nothing_from_the_generator():
    rng = np.random.default_rng(3)
    assert view(TEXTS, "full", rng) == TEXTS
    assert rng.random() == np.random.default_rng(3).random()


def test_pieces_end_at_commas_semicolons_and_sentences():
    assert pieces("no 1,000 of 3.5 m; a, b. C? d") == ["no 1,000 of 3.5 m;", "a,", "b.", "C?", "d"]
    assert pieces(" , ; ...") == []


@pytest.mark.parametrize(("name", "parts"), [("pieces_half", 2), ("pieces_quarter", 4)])
def test_pieces_are_kept_whole_in_their_order(name, parts):
    text = "one two, three, four five six, seven, eight nine"
    own = text.split(", ")
    kept = [seen.split(", ") for seen in all_views(text, name).elements()]
    for chosen in kept:
        assert chosen == sorted(set(chosen), key=own.index)
    assert {len(chosen) for chosen in kept} == {5 // parts, 5 // parts + 1}
    # Each piece is kept as often as any other, five standard errors.
    count = Counter(piece for chosen in kept for piece in chosen)
    share = np.array([count[piece] for piece in own]) / len(kept)
    assert np.abs(share - 1 / parts).max() < 5 * np.sqrt(0.25 / len(kept))


def test_sentences_stay_sentences():
    seen = all_views("A dog runs. A cat sits! It rains, hard.", "pieces_half")
    assert "A dog runs. A cat sits!" in seen
    assert "A cat sits! It rains" in seen


@pytest.mark.parametrize("name", ["pieces_half", "pieces_quarter"])
def test_one_piece_stays_whatever_the_draw(name):
    assert set(all_views("a single piece", name)) == {"a single piece"}
    assert set(all_views("flag, egypt", "pieces_quarter")) == {"flag", "egypt"}


@pytest.mark.parametrize("name", list(VIEWS))
def test_the_seed_decides(name):
    first, again = (view(TEXTS * 20, name, np.random.default_rng(5)) for _ in range(2))
    assert first == again
    if name != "full":
        assert first != view(TEXTS * 20, name, np.random.default_rng(6))


@pytest.mark.parametrize("name", list(VIEWS))
def test_captions_without_any_word_are_refused(name):
    assert view(["...", "dog"], name, np.random.default_rng(0)) == ["...", "dog"]
    for empty in (["", " "], ["..."], []):
        with pytest.raises(InputError, match=f"no word in any of {len(empty)} captions"):
            view(empty, name, np.random.default_rng(0))


def test_an_unknown_view_is_named_with_the_nearest():
    with pytest.raises(InputError, match=r"'halves' is no view of captions.*half"):
        view(TEXTS, "halves", np.random.default_rng(0))
