import numpy as np
import pytest

import modgap
from modgap import InputError

GOOD = np.random.default_rng(0).normal(size=(6, 4))
OF_TWO_CLOUDS = [
    modgap.l2m,
    modgap.l2i,
    modgap.rmg,
    modgap.rmg_variants,
    modgap.recall_at_k,
    modgap.gap_dimensions,
    modgap.linear_separability,
    modgap.alignment,
    modgap.cross_modal_neighbours,
    lambda x, y: modgap.logit_entropy(x, y, 10.0),
]
OF_ONE_CLOUD = [
    modgap.uniformity,
    modgap.effective_rank,
    modgap.similarity_spread,
    lambda x: modgap.separations(x, {"side": [0, 0, 0, 1, 1, 1]}),
    lambda x: modgap.neighbourhood_distance(x, np.arange(6), GOOD),
    lambda x: modgap.zero_shot_accuracy(x, GOOD, np.arange(6)),
]


def spoilt(row, value):
    bad = GOOD.copy()
    bad[row] = value
    return bad


BAD = {
    "row 4 is not finite": spoilt(4, [1, np.nan, 0, 0]),
    "row 2 is not finite": spoilt(2, [np.inf, 0, 0, 0]),
    "row 3 is all zeros": spoilt(3, 0),
    r"shape \(6,\)": GOOD[:, 0],
    r"shape \(6, 0\)": GOOD[:, :0],
    r"1 row\(s\), expected at least 2": GOOD[:1],
    "dtype object": GOOD.astype(object),
    "dtype <U": GOOD.astype(str),
    "dtype complex": GOOD.astype(complex),
}


@pytest.mark.parametrize("metric", OF_TWO_CLOUDS)
@pytest.mark.parametrize("message", BAD)
def test_a_bad_cloud_is_refused_by_argument_and_row(metric, message):
    with pytest.raises(InputError, match=f"images: {message}"):
        metric(BAD[message], GOOD)
    with pytest.raises(InputError, match=f"texts: {message}"):
        metric(GOOD, BAD[message])


@pytest.mark.parametrize("metric", OF_ONE_CLOUD)
@pytest.mark.parametrize("message", BAD)
def test_a_bad_single_cloud_is_refused_by_argument_and_row(metric, message):
    with pytest.raises(InputError, match=f"(vectors|images): {message}"):
        metric(BAD[message])


@pytest.mark.parametrize("metric", OF_TWO_CLOUDS)
def test_other_dimensions_are_refused(metric):
    with pytest.raises(InputError, match="images have 4 dimensions and texts 3"):
        metric(GOOD, GOOD[:, :3])


@pytest.mark.parametrize("metric", [modgap.l2i, modgap.rmg, modgap.recall_at_k, modgap.alignment])
@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([(0, 0), (6, 1)], "pairs: row 1 names image row 6, expected 0 to 5"),
        ([(0, 0), (1, 1), (2, -1)], "pairs: row 2 names text row -1"),
        ([(0, 0, 0)], r"pairs: shape \(1, 3\)"),
        ([(0.0, 1.0)], "pairs: .*float64, expected .P, 2. integers"),
        (np.zeros((0, 2), int), r"pairs: shape \(0, 2\)"),
    ],
)
def test_pairs_out_of_range_are_refused(metric, pairs, message):
    with pytest.raises(InputError, match=message):
        metric(GOOD, GOOD[::-1], pairs)


@pytest.mark.parametrize("metric", [modgap.l2i, modgap.rmg, modgap.recall_at_k, modgap.alignment])
def test_unequal_numbers_need_pairs(metric):
    with pytest.raises(InputError, match="pairs: 6 images and 5 texts"):
        metric(GOOD, GOOD[:5])


def test_a_bad_row_deep_in_a_large_cloud_is_named(monkeypatch):
    from modgap.metrics import rows

    monkeypatch.setattr(rows, "_WIDE", 0)
    monkeypatch.setattr(rows, "_BLOCK_BYTES", 256)
    images = np.random.default_rng(1).normal(size=(999, 4)).astype(np.float32)
    texts = images.copy()
    texts[777] = np.nan
    for metric in (modgap.l2m, modgap.rmg, modgap.recall_at_k):
        with pytest.raises(InputError, match="texts: row 777 is not finite"):
            metric(images, texts)
