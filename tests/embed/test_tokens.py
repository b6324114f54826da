import json

import numpy as np
import open_clip
import pytest
from helpers.tiny_models import save_tiny_clip, save_tiny_siglip

from modgap.embed import tokens
from modgap.embed.tokens import say_losses, tokenizer_key, tokens_of
from modgap.errors import InputError

TEXTS = ["a red dog", "the blue cat", "a red dog", "zero"]


@pytest.mark.parametrize("save", [save_tiny_clip, save_tiny_siglip])
def test_tokens_are_those_of_open_clip(tmp_path, save):
    folder = save(tmp_path / "m")
    expected = open_clip.get_tokenizer(f"local-dir:{folder}")(TEXTS).numpy()
    for cache in (None, tmp_path / "tokens", tmp_path / "tokens"):
        found = tokens_of(folder, TEXTS, cache).ids
        assert found.dtype == np.int64
        np.testing.assert_array_equal(found, expected)


def test_a_second_model_reads_the_tokens_of_the_first(tmp_path, monkeypatch):
    cache = tmp_path / "tokens"
    first = tokens_of(save_tiny_clip(tmp_path / "a", seed=0), TEXTS, cache)
    monkeypatch.setattr(tokens, "load_tokenizer", lambda folder: pytest.fail("tokenized again"))
    second = tokens_of(save_tiny_clip(tmp_path / "b", seed=1, width=16), TEXTS, cache)
    np.testing.assert_array_equal(first.ids, second.ids)


def test_other_texts_or_tokenizers_do_not_share(tmp_path):
    cache = tmp_path / "tokens"
    folders = [
        save_tiny_clip(tmp_path / "a"),
        save_tiny_clip(tmp_path / "b", context_length=8),
        save_tiny_siglip(tmp_path / "c"),
    ]
    assert len({tokenizer_key(folder) for folder in folders}) == 3
    shapes = [tokens_of(folder, TEXTS, cache).ids.shape for folder in folders]
    assert shapes == [(4, 77), (4, 8), (4, 12)]
    tokens_of(folders[0], TEXTS[::-1], cache)
    assert len(list(cache.glob("*.npz"))) == 4


def test_the_key_follows_the_tokenizer_files(tmp_path):
    folder = save_tiny_siglip(tmp_path / "m")
    before = tokenizer_key(folder)
    path = folder / "tokenizer.json"
    path.write_text(path.read_text().replace('"zero"', '"nought"'))
    assert tokenizer_key(folder) != before


def test_a_declared_tokenizer_without_files(tmp_path):
    folder = save_tiny_siglip(tmp_path / "m")
    for path in folder.glob("*token*"):
        path.unlink()
    with pytest.raises(InputError, match="declares the tokenizer 'tiny-words', but"):
        tokens_of(folder, TEXTS)


def clipa(folder):
    """The tiny SigLIP with the end token blanked, as CLIPA has it."""
    save_tiny_siglip(folder)
    path = folder / "open_clip_config.json"
    config = json.loads(path.read_text())
    config["model_cfg"]["text_cfg"]["tokenizer_kwargs"] = {"strip_sep_token": True}
    path.write_text(json.dumps(config))
    tokenizer = folder / "tokenizer_config.json"
    tokenizer.write_text(json.dumps(json.loads(tokenizer.read_text()) | {"sep_token": "</s>"}))
    return folder


def clip_of_random_words(folder):
    """A CLIP that drops words of a long text at random instead of cutting its end."""
    save_tiny_clip(folder, context_length=12)
    path = folder / "open_clip_config.json"
    config = json.loads(path.read_text())
    config["model_cfg"]["text_cfg"]["tokenizer_kwargs"] = {"reduction_mask": "shuffle"}
    path.write_text(json.dumps(config))
    return folder


KINDS = {
    "clip": lambda folder: save_tiny_clip(folder, context_length=12),
    "random words": clip_of_random_words,
    "own": save_tiny_siglip,
    "own without end": clipa,
}


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("cached", [False, True])
def test_cut_and_empty_texts_are_known_for_every_tokenizer(tmp_path, kind, cached):
    """12 tokens hold ten words between start and end, and not one more."""
    folder = KINDS[kind](tmp_path / "m")
    texts = [" ".join(["dog"] * n) for n in (1, 9, 10, 11, 40)] + ["", "  "]
    for _ in range(1 + cached):
        found = tokens_of(folder, texts, tmp_path / "tokens" if cached else None)
    assert found.ids.shape == (7, 12)
    assert found.cut.tolist() == [False] * 3 + [True] * 2 + [False] * 2
    assert found.empty.tolist() == [False] * 5 + [True] * 2
    assert not found.unknown.any()


def test_unknown_words_are_known_where_a_tokenizer_has_a_token_for_them(tmp_path):
    texts = ["a red dog", "a mauve dog", "mauve"]
    own = tokens_of(save_tiny_siglip(tmp_path / "own"), texts)
    assert own.unknown.tolist() == [False, True, True]
    # Something stands there, and it is not nothing.
    assert not own.empty.any()
    assert not tokens_of(save_tiny_clip(tmp_path / "clip"), texts).unknown.any()


def messages(caplog) -> list[str]:
    """What this package logged; open_clip has its own to say of models without weights."""
    return [r.getMessage() for r in caplog.records if r.name.startswith("modgap")]


def test_what_is_lost_is_counted_by_rows_and_said_with_an_example(tmp_path, caplog):
    folder = save_tiny_siglip(tmp_path / "m")
    long = "the dog " * 6
    texts = ["a dog", long + "red", long + "blue", "a mauve dog", "a beige dog", ""]
    rows = np.array([0, 1, 1, 2, 3, 4, 5])
    found = say_losses(texts, tokens_of(folder, texts), rows, "tiny on captions")
    assert found == {
        "texts_cut_short": 3,
        "texts_without_tokens": 1,
        "texts_with_unknown_tokens": 2,
        "texts_alike": 2,
    }
    said = messages(caplog)
    assert len(said) == 4
    assert all(message.startswith("tiny on captions: ") for message in said)
    assert (
        "3 of 7 texts are longer than the 12 tokens of the model; cut, the first: 'the" in said[0]
    )
    assert "2 of 7 texts have tokens unknown to the model, the first: 'a mauve dog'" in said[2]
    assert "2 of 6 different texts have the same tokens as another" in said[3]
    assert said[3].endswith("red' and '…e dog the dog the dog the dog blue'")


def test_nothing_is_said_of_texts_that_a_model_sees_whole(tmp_path, caplog):
    found = say_losses(
        TEXTS[1:], tokens_of(save_tiny_clip(tmp_path / "m"), TEXTS[1:]), np.arange(3), "x"
    )
    assert set(found.values()) == {0}
    assert not messages(caplog)


def test_capitals_that_a_tokenizer_lowers_make_texts_alike(tmp_path, caplog):
    texts = ["A Dog", "a dog"]
    folder = save_tiny_clip(tmp_path / "m")
    assert say_losses(texts, tokens_of(folder, texts), np.arange(2), "x")["texts_alike"] == 1
    assert "'A Dog' and 'a dog'" in caplog.text


def test_damaged_tokens_are_made_anew(tmp_path):
    folder = save_tiny_siglip(tmp_path / "m")
    before = tokens_of(folder, TEXTS, tmp_path / "tokens")
    (path,) = (tmp_path / "tokens").iterdir()
    for damage in (b"", path.read_bytes()[:100], b"PK no archive"):
        path.write_bytes(damage)
        np.testing.assert_array_equal(tokens_of(folder, TEXTS, tmp_path / "tokens").ids, before.ids)
