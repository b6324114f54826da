import cv2
import numpy as np
import pytest

from modgap.errors import InputError
from modgap.mad.captions import VALUES
from modgap.mad.items import build_mad, build_variants


def build(images, items, per_image=1, split="train", seed=0, workers=1):
    digits = np.arange(len(images), dtype=np.uint8) % 10
    return build_mad(
        images,
        digits,
        split=split,
        items=items,
        variants_per_image=per_image,
        seed=seed,
        workers=workers,
    )


@pytest.fixture(scope="module")
def images(strokes):
    """Sixty images, no two alike."""
    moved = [np.roll(strokes, (row, column), (1, 2)) for row in (-1, 0) for column in range(-2, 3)]
    return np.concatenate(moved)


def test_shapes_and_ranges(images):
    pixels, labels = build(images, 60)
    assert pixels.shape == (60, 28, 28)
    assert labels.shape == (60, 6)
    assert pixels.dtype == labels.dtype == np.uint8
    assert (labels < [len(values) for values in VALUES.values()]).all()


def test_workers_do_not_change_the_result(images):
    one, two = (build(images, 600, per_image=12, workers=workers) for workers in (1, 2))
    np.testing.assert_array_equal(one[0], two[0])
    np.testing.assert_array_equal(one[1], two[1])


def test_workers_start_after_opencv_used_threads(images):
    """OpenCV's threads do not survive a fork; a worker that waited for them would never end."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(4)
    try:
        cv2.distanceTransform(np.ones((2000, 2000), np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        pixels, _ = build(images, 600, per_image=12, workers=2)
        assert cv2.getNumThreads() == 4
    finally:
        cv2.setNumThreads(before)
    assert pixels.any(axis=(1, 2)).all()


def test_variants_and_colours_are_equally_frequent(images):
    _, labels = build(images, 500, per_image=9)
    _, counts = np.unique(labels[:, 1:5], axis=0, return_counts=True)
    assert len(counts) == 24
    assert set(counts) <= {500 // 24, 500 // 24 + 1}
    colours = np.bincount(labels[:, 5])
    assert set(colours) <= {500 // 7, 500 // 7 + 1}


def test_an_image_has_different_variants(images):
    _, labels = build(images[:10], 240, per_image=24)
    shapes = {(*label[[0]].tolist(), *label[1:5].tolist()) for label in labels}
    assert len(shapes) == 240
    # The first items are of distinct images.
    assert sorted(labels[:10, 0]) == list(range(10))


def test_labels_say_how_an_item_was_made(images):
    pixels, labels = build(images[:10], 240, per_image=24, seed=5)
    variants = labels[:, 1:5] @ (8, 4, 2, 1)
    rows = labels[:, 0].astype(int)
    again = build_variants(images[:10], rows, variants, seed=(5, 0), workers=1)
    np.testing.assert_array_equal(pixels, again)


def test_seed_and_split_decide_the_items(images):
    first = build(images, 60)
    for other in (build(images, 60, seed=1), build(images, 60, split="test")):
        assert (first[1] != other[1]).any()
        assert (first[0] != other[0]).any()
    np.testing.assert_array_equal(first[0], build(images, 60)[0])


def test_more_items_than_mnist_gives(images):
    with pytest.raises(InputError, match=r"mad\.train_items: 61; 60 MNIST train images in 1 "):
        build(images, 61)
    assert len(build(images, 61, per_image=2)[0]) == 61


def test_a_blank_image_is_named(images):
    blank = images.copy()
    blank[17] = 0
    rows = np.array([3, 17, 4])
    with pytest.raises(InputError, match="image 17 is blank"):
        build_variants(blank, rows, np.zeros(3, dtype=int), seed=(0,), workers=1)
    # It is no fault as long as it is not asked for.
    assert build_variants(blank, rows[:1], np.zeros(1, dtype=int), seed=(0,), workers=1).any()


def test_real_digits_keep_their_labels(mnist):
    images, digits = mnist["test_images"][:1000], mnist["test_labels"][:1000]
    settings = {"items": 240, "variants_per_image": 1, "seed": 0, "workers": 1}
    pixels, labels = build_mad(images, digits, split="test", **settings)
    plain = (labels[:, 1:5] == 0).all(axis=1)
    assert plain.sum() == 10
    for image, label in zip(pixels[plain], labels[plain, 0], strict=True):
        nearest = np.abs(images.astype(int) - image).sum(axis=(1, 2)).argmin()
        assert digits[nearest] == label


def test_hidden_factors_of_shape_are_in_the_labels_alone(images):
    settings = {"split": "train", "items": 48, "variants_per_image": 1, "seed": 0, "workers": 1}
    digits = np.zeros(len(images), dtype=np.uint8)
    pixels, labels = build_mad(images, digits, **settings)
    shapes = ("thickness", "swelling", "fracture", "scale")
    plain, same = build_mad(images, digits, hidden=shapes, **settings)
    np.testing.assert_array_equal(same, labels)
    # With all of them hidden each item looks as the first variant of its image does.
    unperturbed = (labels[:, 1:5] == 0).all(axis=1)
    assert 0 < unperturbed.sum() < 48
    np.testing.assert_array_equal(plain[unperturbed], pixels[unperturbed])
    assert (plain[~unperturbed] != pixels[~unperturbed]).any(axis=(1, 2)).all()
    large, _ = build_mad(images, digits, hidden=("scale", "colour"), **settings)
    small = labels[:, 4] == 1
    np.testing.assert_array_equal(large[~small], pixels[~small])
    assert ((large[small] > 0).sum(axis=(1, 2)) > (pixels[small] > 0).sum(axis=(1, 2))).all()
