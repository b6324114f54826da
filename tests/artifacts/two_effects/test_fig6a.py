import numpy as np
import pandas as pd
import pytest
from helpers.figure_checks import check, lines

from modgap.artifacts.two_effects import fig6a
from modgap.errors import InputError


def counts():
    rows = [("cc3m", f"a{i}", "attribute", value) for i, value in enumerate([10, 20, 30, 40, 1000])]
    rows += [("cc3m", f"o{i}", "object", value) for i, value in enumerate([0, 5, 50])]
    rows += [("mad", "7", "object", 500)]
    return pd.DataFrame(rows, columns=["corpus", "word", "kind", "captions"])


def test_numbers_hold_the_quartiles_of_each_kind_in_each_corpus():
    numbers = fig6a.numbers(counts())
    first = numbers.groupby(["corpus", "kind"]).first()
    quartiles = ["lower_quartile", "median", "upper_quartile", "n"]
    assert first.loc[("cc3m", "attribute"), quartiles].tolist() == [20, 30, 40, 5]
    assert first.loc[("cc3m", "object"), quartiles].tolist() == [2.5, 5, 27.5, 3]
    assert first.loc[("mad", "object"), quartiles].tolist() == [500, 500, 500, 1]
    assert len(numbers) == 9


def test_every_word_is_drawn_on_its_side_also_one_that_no_caption_holds():
    figure = fig6a.draw(fig6a.numbers(counts()))
    ax = figure.axes[0]
    (x, y), *_ = lines(ax, "attribute word")
    assert y == [10, 20, 30, 40, 1000]
    assert all(-0.5 < place < 0 for place in x)
    (x, y), (mad_x, _) = lines(ax, "object word")
    assert y == [0, 5, 50]
    assert all(0 < place < 0.5 for place in x)
    assert 1 < mad_x[0] < 1.5
    assert ax.transData.transform((0, 0))[1] >= ax.bbox.y0
    assert [label.get_text() for label in ax.get_xticklabels()] == [
        "cc3m\n(n = 5 + 3)",
        "mad\n(n = 0 + 1)",
    ]
    check(figure)


def test_medians_are_marked():
    ax = fig6a.draw(fig6a.numbers(counts())).axes[0]
    assert [y for _, (y,) in lines(ax, "median")] == [30, 5, 500]


def test_two_drawings_put_the_points_at_the_same_places():
    numbers = fig6a.numbers(counts())
    first, second = (lines(fig6a.draw(numbers).axes[0]) for _ in range(2))
    assert first == second


def test_many_corpora_do_not_run_into_each_other():
    names = ["MAD, k = 1", "MAD, k = 5", "CC3M", "CC12M", "YFCC15M", "LAION-400M"]
    rng = np.random.default_rng(0)
    rows = [
        (name, f"{kind}{i}", kind, int(rng.lognormal(8, 2)))
        for name in names
        for kind, count in (("attribute", 35), ("object", 600))
        for i in range(count)
    ]
    frame = pd.DataFrame(rows, columns=["corpus", "word", "kind", "captions"])
    check(fig6a.draw(fig6a.numbers(frame)))


def test_an_unknown_kind_is_named():
    with pytest.raises(InputError, match=r"unknown kind \['verb'\]"):
        fig6a.numbers(counts().replace("object", "verb"))
