import numpy as np
import pytest
import torch
from open_clip.transform import image_transform
from PIL import Image

from modgap.errors import InputError
from modgap.formats.batches import to_tensor
from modgap.mad.batches import TrainingData, epoch_batches
from modgap.mad.captions import CaptionSpec
from modgap.train.towers import Towers

CPU = torch.device("cpu")


def items(count, size=28, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.stack([rng.integers(n, size=count) for n in (10, 3, 2, 2, 2, 7)], axis=1)
    return TrainingData(rng.integers(1, 256, size=(count, size, size), dtype=np.uint8), labels)


def batches(data, batch_size, seed=0, attributes=5):
    rng = np.random.default_rng(seed)
    return list(epoch_batches(data, CaptionSpec("digit", attributes), batch_size, rng, False, CPU))


def test_training_pixels_are_what_open_clip_shows_the_model():
    settings = Towers.preprocess_config()
    transform = image_transform(
        28,
        is_train=False,
        mean=settings["mean"],
        std=settings["std"],
        interpolation=settings["interpolation"],
        resize_mode=settings["resize_mode"],
    )
    pixels = np.random.default_rng(0).integers(256, size=(5, 28, 28, 3), dtype=np.uint8)
    ours = to_tensor(pixels, CPU)
    theirs = torch.stack([transform(Image.fromarray(image)) for image in pixels])
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6)


def test_an_epoch_shows_each_item_once_and_leaves_out_the_incomplete_batch():
    data = items(23)
    data.pixels[:] = np.arange(1, 24)[:, None, None]
    found = batches(data, 5)
    assert [len(images) for images, _, _ in found] == [5, 5, 5, 5]
    # The brightest channel of an item is its gray value.
    seen = torch.cat([images.amax(dim=(1, 2, 3)) for images, _, _ in found])
    values = ((seen + 1) * 127.5).round().int().tolist()
    assert len(set(values)) == 20
    assert set(values) <= set(range(1, 24))
    # The value of item i is i + 1.
    assert torch.cat([batch.items for batch in found]).tolist() == [value - 1 for value in values]


def test_the_colour_in_the_caption_is_the_colour_of_the_pixels():
    # Tokens of the colour words, and which channels each lights.
    first = 1 + 19
    lit = ["111", "100", "010", "001", "011", "101", "110"]
    for images, tokens, _ in batches(items(64), 32):
        for image, caption in zip(images, tokens, strict=True):
            (colour,) = [int(token) - first for token in caption if first <= token < first + 7]
            channels = "".join("1" if channel.max() > -1 else "0" for channel in image)
            assert channels == lit[colour]


def test_colours_and_captions_are_drawn_anew_but_repeat_with_the_seed():
    data = items(40)
    rng = np.random.default_rng(0)
    spec = CaptionSpec("digit", 2)
    first, second = (list(epoch_batches(data, spec, 40, rng, False, CPU)) for _ in range(2))
    assert not torch.equal(first[0][1], second[0][1])
    again = batches(data, 40, attributes=2)
    assert torch.equal(first[0][0], again[0][0])
    assert torch.equal(first[0][1], again[0][1])


def test_a_mismatched_item_has_the_words_of_its_partner_colour_included():
    # All six factors are named, so that a caption says which labels it was drawn from.
    pixels = np.repeat(np.arange(1, 65, dtype=np.uint8), 28 * 28).reshape(64, 28, 28)
    plain = TrainingData(pixels, items(64).labels)
    pairs = np.column_stack([np.arange(64), np.roll(np.arange(64), 5)])
    swapped = TrainingData(pixels, plain.labels, pairs)

    def words(data):
        images, tokens, _ = batches(data, 64)[0]
        item = ((images.amax(dim=(1, 2, 3)) + 1) * 127.5).round().int() - 1
        return dict(zip(item.tolist(), tokens.sort(dim=1).values.tolist(), strict=True)), images

    (own, first), (partners, second) = words(plain), words(swapped)
    assert torch.equal(first, second)
    assert partners == {item: own[(item - 5) % 64] for item in range(64)}


def test_only_what_is_left_is_shown():
    data = items(23)
    data.pixels[:] = np.arange(1, 24)[:, None, None]
    kept = np.arange(0, 23, 2)
    data = TrainingData(data.pixels, data.labels, np.column_stack([kept, kept]))
    seen = torch.cat([images.amax(dim=(1, 2, 3)) for images, _, _ in batches(data, 4)])
    values = ((seen + 1) * 127.5).round().int() - 1
    assert sorted(values.tolist()) == kept.tolist()


def test_more_items_than_there_are_is_refused():
    with pytest.raises(InputError, match="7 asked for, MAD holds 5"):
        items(5).first(7)


def test_gray_images_keep_the_colours_of_their_captions():
    data, spec = items(60), CaptionSpec("digit", 5)
    coloured, gray = (
        next(iter(epoch_batches(data, spec, 60, np.random.default_rng(0), False, CPU, hide)))
        for hide in (False, True)
    )
    assert torch.equal(coloured.tokens, gray.tokens)
    assert torch.equal(gray.images[:, 0], gray.images[:, 1])
    assert torch.equal(gray.images[:, 0], gray.images[:, 2])
    assert not torch.equal(coloured.images[:, 0], coloured.images[:, 1])
