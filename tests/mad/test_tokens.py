import numpy as np
import open_clip
import pytest
from open_clip.model import CLIP

from modgap.formats.model_folder import write_model
from modgap.mad.captions import WORDS, CaptionSpec, caption_texts, draw_captions
from modgap.mad.tokens import TOKENIZER, caption_tokens
from modgap.train.towers import Towers

TOWERS = Towers(embed_dim=8, image_tower="test_resnet", text_width=32, text_layers=1)
CONFIG = {"model_cfg": TOWERS.model_config(28, TOKENIZER), "preprocess_cfg": {}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    write_model(folder, "tiny", CLIP(**CONFIG["model_cfg"]), CONFIG, TOKENIZER, {})
    return folder


@pytest.mark.parametrize("attributes", range(6))
def test_the_saved_tokenizer_agrees_with_the_vectorised_one(folder, attributes):
    rng = np.random.default_rng(attributes)
    labels = np.stack([rng.integers(n, size=50) for n in (10, 3, 2, 2, 2, 7)], axis=1)
    words = draw_captions(labels, CaptionSpec("digit", attributes), rng)
    tokenizer = open_clip.get_tokenizer(f"local-dir:{folder}")
    expected = tokenizer(caption_texts(words)).numpy()
    np.testing.assert_array_equal(caption_tokens(words), expected)
    np.testing.assert_array_equal(TOKENIZER.tokens(caption_texts(words)), expected)
    assert expected.shape == (50, 8)


def test_every_word_is_one_token_and_the_end_is_the_largest():
    assert len(WORDS) == 26
    assert len(set(TOKENIZER.vocabulary)) == 29
    tokens = caption_tokens(np.arange(26)[:, None])
    assert (tokens.argmax(axis=1) == 2).all()


def test_an_unknown_word_is_an_error_not_a_silent_unknown(folder):
    tokenizer = open_clip.get_tokenizer(f"local-dir:{folder}")
    with pytest.raises(Exception, match="WordLevel"):
        tokenizer(["7-purple"])
