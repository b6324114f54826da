import numpy as np
import pandas as pd
import pytest
from helpers.figure_checks import check, lines, points

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
    ((x, y),) = points(ax, "attribute word")
    assert y == [10, 20, 30, 40, 1000]
    assert all(-0.5 < place < 0 for place in x)
    (x, y), (mad_x, _) = points(ax, "object word")
    assert y == [0, 5, 50]
    assert all(0 < place < 0.5 for place in x)
    assert 1 < mad_x[0] < 1.5
    assert ax.transData.transform((0, 0))[1] >= ax.bbox.y0
    assert [label.get_text() for label in ax.get_xticklabels()] == [
        "cc3m\n(n = 5 + 3)",
        "mad\n(n = 0 + 1)",
    ]
    check(figure)


def test_medians_and_quartiles_of_the_numbers_are_marked_where_their_words_are():
    numbers = fig6a.numbers(counts())
    ax = fig6a.draw(numbers).axes[0]
    medians = [(x, y) for xs, ys in lines(ax, "median") for x, y in zip(xs, ys, strict=True)]
    first = numbers.groupby(["corpus", "kind"]).first()
    assert sorted(y for _, y in medians if np.isfinite(y)) == sorted(first["median"])
    assert {round(x, 6) for x, _ in medians} >= {-0.2, 0.2, 1.2}
    bars = sorted(tuple(y) for _, y in lines(ax, "quartiles") if np.isfinite(y).all())
    ends = first.loc[first["n"] > 1, ["lower_quartile", "upper_quartile"]].itertuples(index=False)
    assert bars == sorted(map(tuple, ends))


def test_medians_stand_on_top_of_the_words_and_no_word_is_cut_off():
    ax = fig6a.draw(fig6a.numbers(counts())).axes[0]
    on_top = [line.get_zorder() for line in ax.get_lines() if line.get_label() == "median"]
    assert min(on_top) > max(words.get_zorder() for words in ax.collections)
    assert ax.get_ylim()[1] > 1000


def test_every_legend_entry_has_its_mark():
    legend = fig6a.draw(fig6a.numbers(counts())).legends[0]
    names = [text.get_text() for text in legend.get_texts()]
    assert sorted(names) == ["attribute word", "median", "object word", "quartiles"]
    words = [handle for handle in legend.legend_handles if hasattr(handle, "get_facecolor")]
    assert [len(handle.get_facecolor()) for handle in words] == [1, 1]


def test_two_drawings_put_the_points_at_the_same_places_whatever_was_drawn_before():
    numbers = fig6a.numbers(counts())
    first = points(fig6a.draw(numbers).axes[0])
    np.random.seed(7)  # noqa: NPY002
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    assert points(fig6a.draw(numbers).axes[0]) == first
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


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
