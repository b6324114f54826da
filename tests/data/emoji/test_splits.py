from modgap.data.emoji.splits import SPLITS, held_out_emoji, split_of
from modgap.data.emoji.texts import Emoji

KEYS = [f"{number:x}" for number in range(0x1F300, 0x1F300 + 1000)]


def emoji(key, base=None):
    return Emoji(key, base or key, key, "class", (key,))


def test_one_emoji_in_ten_is_held_out_whatever_the_order():
    held = held_out_emoji(KEYS)
    assert len(held) == 100
    assert held <= set(KEYS)
    assert held_out_emoji(reversed(KEYS * 2)) == held
    # Not the first ones, nor every tenth.
    places = sorted(KEYS.index(key) for key in held)
    assert places[0] < 100 < 900 < places[-1]
    assert len({place % 10 for place in places}) == 10


def test_more_emoji_move_few():
    more = [*KEYS, *(f"{number:x}" for number in range(0x2600, 0x2600 + 100))]
    assert len(held_out_emoji(KEYS) - held_out_emoji(more)) <= 10


def test_what_is_trained_on_is_tested_in_neither_way():
    held = held_out_emoji(KEYS)
    splits = {
        (style, key, tone): split_of(style, emoji(f"{key}{tone}", key), held)
        for style in ("twemoji", "noto", "openmoji")
        for key in KEYS
        for tone in ("", "-1f3fb")
    }
    trained = {each for each, split in splits.items() if split == "train"}
    assert not {key for _, key, _ in trained} & held
    assert "twemoji" not in {style for style, _, _ in trained}
    assert len(trained) == 2 * 2 * 900
    for split, style, keys in (("style", "twemoji", set(KEYS) - held), ("concept", "noto", held)):
        chosen = [each for each, place in splits.items() if place == split]
        assert {each[0] for each in chosen} == {style}
        assert {each[1] for each in chosen} == keys
        assert {each[2] for each in chosen} == {""}
    assert {place for place in splits.values() if place not in SPLITS} == {
        "(emoji and style are both held out)",
        "(emoji held out, another style than that of the test)",
        "(held out, with a skin tone)",
    }
