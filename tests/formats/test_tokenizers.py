import open_clip
import pytest
from helpers.tiny_models import save_tiny_siglip

from modgap.embed.tokens import tokens_of
from modgap.errors import InputError
from modgap.formats.tokenizers import END, PAD, START, WordTokenizer

WORDS = ("red", "dog", "über", "7", "cat")


def test_words_are_numbered_in_order_and_the_end_is_the_largest():
    tokenizer = WordTokenizer(WORDS, 6)
    assert tokenizer.vocabulary == (PAD, *WORDS, START, END)
    assert tokenizer.size == 8
    tokens = tokenizer.tokens(["red dog", "cat-7\tüber  red", ""])
    assert tokens.tolist() == [[6, 1, 2, 7, 0, 0], [6, 5, 4, 3, 1, 7], [6, 7, 0, 0, 0, 0]]
    assert tokenizer.tokens([]).shape == (0, 6)


def test_longer_texts_keep_their_end_token_and_are_counted(caplog):
    tokenizer = WordTokenizer(WORDS, 4)
    assert tokenizer.tokens(["red dog cat", "cat"]).tolist() == [[6, 1, 2, 7], [6, 5, 7, 0]]
    assert "1 of 2 texts are cut to their first 2 words" in caplog.text


def test_the_saved_tokenizer_encodes_as_it_does(tmp_path):
    folder = save_tiny_siglip(tmp_path / "model")
    tokenizer = WordTokenizer(WORDS, 12)
    tokenizer.save(folder)
    texts = ["red-dog", "7 cat", "", "dog " * 20]
    loaded = open_clip.get_tokenizer(f"local-dir:{folder}")
    assert loaded(texts).tolist() == tokenizer.tokens(texts).tolist()


def test_an_unknown_word_is_named_when_encoding_and_when_embedding(tmp_path):
    folder = save_tiny_siglip(tmp_path / "model")
    tokenizer = WordTokenizer(WORDS, 12)
    tokenizer.save(folder)
    message = r"the word 'dogs' of text 1 \('red dogs'\) is none of the 5 words .* mean 'dog'"
    with pytest.raises(InputError, match=message):
        tokenizer.tokens(["red dog", "red dogs"])
    with pytest.raises(InputError, match=rf"model: {message}"):
        tokens_of(folder, ["red dog", "red dogs"])


@pytest.mark.parametrize("words", [(), ("red", "red"), ("red dog",), ("",), ("t-shirt",), (PAD,)])
def test_words_that_cannot_be_told_apart_are_refused(words):
    with pytest.raises(InputError, match="expected at least one, each once, without hyphens"):
        WordTokenizer(words, 5)
