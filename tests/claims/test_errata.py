import inspect
import math
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from modgap.artifacts.about import errata as artifact
from modgap.claims.errata.erratum import paired_clouds
from modgap.claims.errata.table import COLUMNS, ERRATA, errata_table, recompute
from modgap.claims.reference import SOURCES, read_confusion, read_reference_values
from modgap.errors import InputError

CONFIG = Path(__file__).parents[2] / "config"


@pytest.fixture(scope="module")
def table():
    made = errata_table(
        read_reference_values(CONFIG / "reference_values.tsv"),
        read_confusion(CONFIG / "fairface_confusion.tsv"),
    )
    return made.set_index("erratum")


def values(table, name):
    return table.loc[name, "published"], table.loc[name, "correct"]


def test_every_erratum_has_two_different_values_or_says_why_not(table):
    computed = table[table["why_not"] == ""]
    assert len(computed) >= 18
    assert (computed["published"] != computed["correct"]).all()
    assert computed[["published", "correct"]].notna().all(axis=None)
    others = table[table["why_not"] != ""]
    assert others[["published", "correct"]].isna().all(axis=None)
    assert (others["command"] == "").all()


def test_the_table_covers_the_sources(table):
    assert set(table["source"]) == set(SOURCES)
    assert (table["source"] == "mind_the_gap").sum() >= 9
    assert table.index.is_unique
    for column in ("error", "quantity", "consequence"):
        assert table[column].str.len().gt(5).all()
    assert list(artifact.headings()) == [name for name in COLUMNS if name != "erratum"]


def test_values_that_the_reference_states(table):
    known = {
        "label_swap": (0.2695, 0.5160, 5e-5),
        "bias_kept": (0.917, 0.872, 6e-4),
        "one_repeat": (0.7008, 0.6880, 5e-5),
        "accuracy_drop": (0.0008, 0.0078, 1e-9),
        "east_asian_rate": (0.007, 10 / 1550, 1e-9),
        "white_colours": (4, 7, 0),
        "empty_quarters": (0.75, 0, 0),
        "resumed_epochs": (0, 10, 0),
        "dropped_models_counted": (115, 101, 0),
        "dropped_words": (1, 0, 0),
    }
    for name, (published, correct, within) in known.items():
        assert values(table, name) == pytest.approx((published, correct), abs=within), name


def test_orders_of_neighbours_are_driven_to_chance(table):
    chance = 0.5 * (1 - 2 / 100)
    for name in ("kendall_on_ranks", "directory_order"):
        published, correct = values(table, name)
        assert published == pytest.approx(chance, abs=0.02)
        assert correct < 0.2


def test_one_sided_loss_of_the_same_pairs(table):
    images, texts = paired_clouds()
    both = []
    for start in range(0, len(images), 50):
        part = slice(start, start + 50)
        logits = 100 * images[part] @ texts[part].T
        own = logits.diagonal()
        log_sums = [np.log(np.exp(logits).sum(axis=axis)) for axis in (1, 0)]
        both.append([(log_sum - own).mean() for log_sum in log_sums])
    one, other = np.mean(both, axis=0)
    assert values(table, "one_sided_loss") == pytest.approx((one, (one + other) / 2))


def test_picking_gains_little_where_there_is_nothing_to_gain(table):
    published, honest = values(table, "shift_picked_on_test")
    # Less than a standard error of an accuracy of 10,000 images, in points.
    assert 0 < published < 100 * math.sqrt(0.25 / 10_000)
    assert honest < 0


def test_zeros_and_diagonals_move_means_by_a_known_factor(table):
    published, correct = values(table, "zeros_averaged")
    assert published == pytest.approx(correct * 499 / (2 * 500))
    published, correct = values(table, "diagonal_counted")
    assert published - correct == pytest.approx((1 - correct) / 1024)
    published, correct = values(table, "mean_square_gap")
    assert published == pytest.approx(correct**2 / 64)


def test_wrong_forms_of_rmg_are_larger(table):
    for name in ("rmg_unscaled", "rmg_diagonal"):
        published, correct = values(table, name)
        assert 0 < correct < published < 1


def test_the_cosine_of_averages_is_larger(table):
    published, correct = values(table, "cosine_column")
    assert published > correct + 0.2


def test_words_that_are_not_made_unit_length_can_be_moved_freely(table):
    published, correct = values(table, "translated_words")
    assert published == 0
    assert correct > 0.1


def test_an_image_has_half_of_a_right_angle_to_each_of_its_two_words(table):
    # Words at right angles, but for chance: cos 45° to both, and to one and to none.
    published, correct = values(table, "object_prompts")
    assert correct == pytest.approx(math.sqrt(0.5), abs=0.1)
    assert published < correct - 0.1


def test_distances_and_targets(table):
    assert values(table, "sign_slip") == pytest.approx((1, 0), abs=1e-9)
    published, correct = values(table, "transposed_targets")
    assert published > 1e-3
    assert correct == 0
    published, correct = values(table, "false_ties")
    assert published > 0.5
    assert correct < 0.01
    # Both are at most 0, and 0 stands for different things.
    assert max(values(table, "other_uniformity")) < 0


def test_moad_of_triangles_is_near_that_of_all_pairs_but_another(table):
    published, correct = values(table, "one_sided_blocks")
    assert published != pytest.approx(correct, abs=1e-3)
    assert published == pytest.approx(correct, abs=0.1)


def test_the_command_of_a_row_prints_its_two_values(table):
    name = "resumed_epochs"
    command = shlex.split(table.loc[name, "command"])
    assert command[0] == "python"
    printed = subprocess.run([sys.executable, *command[1:]], capture_output=True, text=True)
    assert printed.stdout.strip() == str(tuple(map(float, values(table, name))))
    for erratum in ERRATA:
        if erratum.check and not inspect.signature(erratum.check).parameters:
            assert f"recompute('{erratum.name}')" in table.loc[erratum.name, "command"]


def test_what_cannot_be_recomputed_is_refused():
    with pytest.raises(InputError, match="did you mean 'label_swap'"):
        recompute("label_swop")
    with pytest.raises(InputError, match="cannot be computed: the initial weights"):
        recompute("random_weights")
    with pytest.raises(InputError, match="reads reference, confusion; pass it"):
        recompute("east_asian_rate")
    assert recompute("white_colours") == (4.0, 7.0)
    assert not any(math.isnan(value) for value in recompute("rmg_diagonal"))


def test_the_counts_are_those_of_the_notebook():
    counts = read_confusion(CONFIG / "fairface_confusion.tsv")
    assert (counts.groupby("delta")["faces"].sum() == 10954).all()
    assert counts.groupby("delta")["accuracy"].first().to_dict() == {
        -1.0: 0.4083,
        -0.2: 0.5739,
        0.0: 0.5817,
        0.75: 0.5600,
    }
