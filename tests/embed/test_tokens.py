import numpy as np
import open_clip
import pytest
from helpers.tiny_models import save_tiny_clip, save_tiny_siglip

from modgap.embed import tokens
from modgap.embed.tokens import tokenizer_key, tokens_of
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
