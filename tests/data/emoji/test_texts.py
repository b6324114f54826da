import json
from dataclasses import replace

import pytest
from helpers.tiny_emoji import save_emoji, write_json

from modgap.data.emoji.packages import DATA, GROUPS, KEYWORDS
from modgap.data.emoji.texts import LONGEST, caption_pieces, key_of, read_texts, words_of
from modgap.data.views import pieces
from modgap.errors import InputError


def test_a_caption_is_the_name_the_tags_and_the_keywords_without_repetition(tmp_path):
    vocabulary = read_texts(save_emoji(tmp_path))
    first, toned, second, *_ = vocabulary.emoji
    assert first.caption == "red spot, round, dot"
    assert toned.caption == "red spot light skin tone, round, dot"
    assert (first.key, first.base) == ("1f600", "1f600")
    assert (toned.key, toned.base) == ("1f600-1f3fb", "1f600")
    assert [first.subgroup, toned.subgroup, second.subgroup] == [
        *("plain-colour", "plain-colour", "dark-colour")
    ]
    assert len(vocabulary.emoji) == 11
    # A class without emoji is none; parts of emoji are counted.
    assert vocabulary.subgroups == ("plain-colour", "dark-colour")
    assert vocabulary.components == 2


def test_a_caption_is_cut_to_its_longest():
    made, left_out = caption_pieces(["a b c", " ".join(f"w{n}" for n in range(30)), "late"])
    words = " ".join(made).split()
    assert words == ["a", "b", "c", *(f"w{n}" for n in range(21))]
    assert len(words) == LONGEST
    assert left_out == 30 - 21 + 1
    assert len(made) == 2


def test_views_find_the_pieces_of_a_caption_again(tmp_path):
    for each in read_texts(save_emoji(tmp_path)).emoji:
        assert [piece.rstrip(",") for piece in pieces(each.caption)] == list(each.pieces)
    odd = replace(each, pieces=caption_pieces(["Mr. O’Neil; no. 1,5", "e.g. x!"])[0])
    assert odd.caption == "mr oneil no 1 5, e g x"


def test_words_are_plain():
    assert words_of("piñata: Réunion’s :D 1st") == ["pinata", "reunions", "d", "1st"]
    assert words_of("日本") == []
    assert key_of("1F441-FE0F-200D-1F5E8-FE0F") == "1f441-200d-1f5e8"


@pytest.mark.parametrize("name", [DATA, GROUPS, KEYWORDS])
def test_a_missing_or_damaged_file_is_named(tmp_path, name):
    path = save_emoji(tmp_path) / name
    path.write_text(path.read_text()[:-10])
    with pytest.raises(InputError, match=f"{path}: "):
        read_texts(tmp_path)
    path.unlink()
    with pytest.raises(InputError, match=f"{path}: "):
        read_texts(tmp_path)
    write_json(path, "words")
    with pytest.raises(InputError, match=f"{path}: expected a"):
        read_texts(tmp_path)


@pytest.mark.parametrize("key", ["label", "hexcode", "subgroup"])
def test_an_entry_that_lacks_something_is_named(tmp_path, key):
    path = save_emoji(tmp_path) / DATA
    entries = json.loads(path.read_text())
    del entries[4][key]
    write_json(path, entries)
    with pytest.raises(InputError, match=rf"data\.json: entry 4: KeyError\('{key}'\)"):
        read_texts(tmp_path)


def test_groups_without_their_keys_are_named(tmp_path):
    path = write_json(save_emoji(tmp_path) / GROUPS, {"groups": {"0": "smileys"}})
    with pytest.raises(InputError, match=f"{path}: no key 'subgroups'"):
        read_texts(tmp_path)
