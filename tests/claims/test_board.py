import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.claim_frames import UNITS, claim_frame

from modgap.artifacts.about import claims as artifact
from modgap.claims.board import BOARD, board, read_claims
from modgap.claims.rule import DOES_NOT, HOLDS, IN_PART, NOT_RUN, UNDECIDED, VERDICTS, parse_rule
from modgap.claims.selector import parse_selector
from modgap.errors import InputError
from modgap.stats import holm
from modgap.study.artifacts import read_artifacts

SHEET = Path(__file__).parents[2] / "config" / "claims.tsv"
CLAIMS = read_claims(SHEET)
ROWS = CLAIMS.to_dict("records")
HEADER = "claim\tsource\tstatement\tartifact\tquantity\trule\tpaper_value\tcriticism\n"


def sheet(tmp_path, **changed):
    cells = {
        "claim": "a",
        "source": "two_effects",
        "statement": "It is so and not otherwise.",
        "artifact": "two_effects/x",
        "quantity": "tau",
        "rule": "> 0",
        "paper_value": "",
        "criticism": "",
    }
    path = tmp_path / "claims.tsv"
    path.write_text(HEADER + "\t".join((cells | changed).values()) + "\n")
    return path


def one(frame, quantity="tau", rule="> 0", again=None, tmp_path=None):
    claims = read_claims(sheet(tmp_path, quantity=quantity, rule=rule))
    more = None if again is None else {"two_effects/x": again}
    return board(claims, {"two_effects/x": frame}, more).iloc[0]


def goals(rule):
    """A value that meets the rule, one that does not, each far enough from the bound."""
    if rule.comparison == "within":
        return rule.bound, rule.bound + 3 * rule.margin
    step = {0.0: 0.5}.get(rule.bound, 0.4 * abs(rule.bound))
    above, below = rule.bound + step, rule.bound - step
    return (above, below) if rule.comparison == ">" else (below, above)


def verdict_of(claim, targets, changed=None):
    """The verdict on a claim, the only one, if its artifact showed these estimates."""
    selector = parse_selector(claim["quantity"])
    frame = claim_frame(selector, targets)
    if changed:
        frame = frame.assign(**changed)
    name = "two_effects/made_up"
    table = pd.DataFrame([claim | {"artifact": name}])
    return board(table, {name: frame}).iloc[0]


@pytest.mark.parametrize("claim", ROWS, ids=[row["claim"] for row in ROWS])
def test_every_rule_can_give_every_verdict_that_it_has(claim):
    rule, selector = parse_rule(claim["rule"]), parse_selector(claim["quantity"])
    good, bad = goals(rule)
    if selector.function == "share":
        good, bad = sorted((0.95, 0.05), reverse=rule.comparison == ">")
    units = max(UNITS, rule.least)
    small = (rule.margin or 0.5) / 50
    several = bool(selector.by) or not selector.function
    seen = set()

    def check(expected, targets, changed=None, reason=None):
        row = verdict_of(claim, targets, changed)
        assert row["verdict"] == expected, (row["verdict"], row["reason"], row["evidence"])
        if reason:
            assert reason in row["reason"]
        seen.add(expected)

    enough = {rule.score: rule.chance + 1} if rule.score and rule.score != selector.column else {}
    if rule.score == selector.column:  # a ratio, within its unit: the chance is checked on its rows
        enough = {}
        scale = 100.0
        frame = claim_frame(selector, [(good, small, units)])
        frame[selector.column] *= scale
        table = pd.DataFrame([claim | {"artifact": "two_effects/made_up"}])
        assert board(table, {"two_effects/made_up": frame}).iloc[0]["verdict"] == HOLDS
        assert verdict_of(claim, [(good, small, units)])["reason"] == "scores near chance"
        return
    check(HOLDS, [(good, small, units)] * 2 if several else [(good, small, units)], enough)
    check(DOES_NOT, [(bad, small, units)] * 2 if several else [(bad, small, units)], enough)
    if several and selector.by:
        mixed = [(good, small, units), (bad, small, units)]
        check(IN_PART, mixed, enough, "1 agree, 1 do not")
    if not rule.exact:
        check(UNDECIDED, [(rule.bound, 5.0, units)], enough, "too wide an interval")
    if rule.least > 1:
        check(UNDECIDED, [(good, small, rule.least - 1)], enough, "too few models")
    name = "two_effects/made_up"
    table = pd.DataFrame([claim | {"artifact": name}])
    assert board(table, {name: None}).iloc[0]["verdict"] == NOT_RUN
    assert {HOLDS, DOES_NOT} <= seen


def test_the_sheet_covers_the_sources():
    assert len(CLAIMS) >= 25
    by_source = CLAIMS["source"].value_counts()
    assert by_source["two_effects"] >= 15
    assert min(by_source["mind_the_gap"], by_source["later"]) >= 5
    assert by_source["soft_targets"] >= 2
    for number in ("2510.03268", "2601.18525", "2509.18552", "2603.29080", "2604.00279"):
        assert CLAIMS["statement"].str.contains(number).any()
    assert CLAIMS["statement"].is_unique


def test_every_claim_names_an_artifact_that_is_declared():
    _, declared = read_artifacts()
    known = {f"{x.source}/{x.name}" for x in declared}
    assert set(CLAIMS["artifact"]) <= known


def test_the_board_of_a_study_with_nothing_run():
    table = board(CLAIMS, dict.fromkeys(CLAIMS["artifact"]))
    assert list(table.columns) == [*BOARD]
    assert set(table["verdict"]) == {NOT_RUN}
    assert list(table["claim"]) == list(CLAIMS["claim"])
    made = table.set_index("claim")
    assert made.loc["few_dimensions", "command"] == "snakemake --cores all two_effects_fig4a"
    assert set(made["reason"]) == {"the artifact is not in this study"}


def test_p_is_corrected_over_the_board_and_can_turn_a_verdict(tmp_path):
    lines, frames = [], {}
    ps = [0.02, 0.03, 0.001, 0.9]
    for i, p in enumerate(ps):
        cells = ["two_effects", "It is so and not otherwise.", f"two_effects/x{i}", "tau"]
        lines.append("\t".join([f"c{i}", *cells, "> 0; level 0.05; n >= 3", "", ""]))
        low = -0.1 if p > 0.5 else 0.1
        frames[f"two_effects/x{i}"] = pd.DataFrame(
            {"tau": [0.3], "low": [low], "high": [0.5], "p": [p], "n": [20]}
        )
    path = tmp_path / "claims.tsv"
    path.write_text(HEADER + "\n".join(lines) + "\n")
    table = board(read_claims(path), frames)
    assert table["p"].tolist() == ps
    assert table["p_holm"].tolist() == pytest.approx(holm(ps).tolist())
    assert table["verdict"].tolist() == [UNDECIDED, UNDECIDED, HOLDS, UNDECIDED]
    assert table["reason"].tolist() == ["p after correction 0.06"] * 2 + [
        "",
        "too wide an interval",
    ]
    alone = board(read_claims(path).iloc[:1], frames)
    assert alone["verdict"].tolist() == [HOLDS]


def test_a_second_study_agrees_or_not(tmp_path):
    up = pd.DataFrame({"tau": [0.3], "low": [0.1], "high": [0.5], "n": [20]})
    row = one(up, again=up, tmp_path=tmp_path)
    assert (row["verdict"], row["again"], row["agrees"]) == (HOLDS, HOLDS, "yes")
    down = up.assign(tau=-0.3, low=-0.5, high=-0.1)
    row = one(up, again=down, tmp_path=tmp_path)
    assert (row["verdict"], row["again"], row["agrees"]) == (HOLDS, DOES_NOT, "no")
    row = one(up, again=up.iloc[:0], tmp_path=tmp_path)
    assert (row["again"], row["agrees"]) == (NOT_RUN, "")
    # What the second study has not built, or built otherwise.
    claims = read_claims(sheet(tmp_path))
    row = board(claims, {"two_effects/x": up}, {}).iloc[0]
    assert (row["verdict"], row["again"], row["agrees"]) == (HOLDS, NOT_RUN, "")
    with pytest.raises(InputError, match=r"second: two_effects/x.csv: no column 'tau'"):
        board(claims, {"two_effects/x": up}, {"two_effects/x": up.rename(columns={"tau": "x"})})


def test_the_claim_of_cones_takes_any_number_of_initialisations():
    claim = CLAIMS[CLAIMS["claim"] == "random_weights_make_cones"]
    rows = [
        {"model": f"{encoder}-{seed}", "encoder": encoder, "value": low + 0.1 * seed}
        for encoder, low in (("ResNet-18", 0.7), ("ViT-B-32", 0.4))
        for seed in range(3)
    ]
    frame = pd.DataFrame(rows).assign(quantity="mean", weights="random", data="real")
    row = board(claim, {"mind_the_gap/fig2a": frame}).iloc[0]
    assert (row["verdict"], row["reason"]) == (IN_PART, "1 agree, 1 do not")
    assert row["evidence"] == "ResNet-18: 0.7, n = 3; ViT-B-32: 0.4, n = 3"


def test_the_middle_estimate_is_one_that_is_known(tmp_path):
    frame = pd.DataFrame({"set": [0, 1, 2], "tau": [math.nan, 0.3, math.nan], "n": 20})
    row = one(frame.assign(low=0.1, high=0.5), tmp_path=tmp_path)
    assert row["value"] == 0.3


def test_evidence_names_every_estimate(tmp_path):
    frame = pd.DataFrame(
        {"group": ["large", "medium"], "tau": [0.3, -0.2], "low": [0.1, -0.3], "high": [0.5, -0.1]}
    ).assign(n=[40, 12], seed=[0, 1])
    row = one(frame, tmp_path=tmp_path)
    assert row["verdict"] == IN_PART
    assert row["reason"] == "1 agree, 1 do not"
    assert row["evidence"] == "large: 0.3 [0.1, 0.5], n = 40; medium: -0.2 [-0.3, -0.1], n = 12"
    assert (row["value"], row["low"], row["high"]) == (0.3, -0.3, 0.5)
    assert (row["n"], row["estimates"]) == (12, 2)
    # Beside `resamples` a seed is that of the interval, and the claim is over no seeds at all.
    assert row["seeds"] == 1
    table = one(frame.assign(resamples=99), tmp_path=tmp_path)
    assert pd.isna(table["seeds"])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"source": "blog"}, "unknown source 'blog'"),
        ({"claim": ""}, "expected a name that no other claim has"),
        ({"statement": "so"}, "no statement"),
        ({"artifact": "fig3"}, "artifact 'fig3'; expected source/name"),
        ({"quantity": "tau where"}, "nothing after 'where'"),
        ({"rule": "positive"}, "'positive' is no comparison"),
    ],
)
def test_bad_rows_are_named_with_file_line_and_claim(tmp_path, changed, message):
    path = sheet(tmp_path, **changed)
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        read_claims(path)
    assert str(caught.value).startswith(f"{path}: line 2 (claim ")


def test_an_unknown_artifact_or_column_is_named_with_file_line_and_claim(tmp_path):
    claims = read_claims(sheet(tmp_path))
    with pytest.raises(
        InputError, match=r"line 2 .claim 'a'.: unknown artifact 'two_effects/x'; did"
    ):
        board(claims, {"two_effects/y": None})
    with pytest.raises(InputError, match=r"two_effects/x.csv: no column 'tau'; did you mean 'tua'"):
        board(claims, {"two_effects/x": pd.DataFrame({"tua": [1.0]})})
    claims = read_claims(sheet(tmp_path, rule="> 0; score recall >= 5"))
    with pytest.raises(InputError, match=r"two_effects/x.csv: no column 'recall'"):
        board(claims, {"two_effects/x": pd.DataFrame({"tau": [1.0]})})


def test_the_artifact_says_whether_a_second_run_agrees(tmp_path):
    claims = read_claims(sheet(tmp_path))
    frames = {"two_effects/x": pd.DataFrame({"tau": [0.3], "low": [0.1], "high": [0.5]})}
    alone = artifact.numbers(claims, frames)
    assert list(alone["verdict"]) == [HOLDS]
    assert set(artifact.headings()) <= set(alone.columns)
    assert list(alone["agrees"]) == [""]
    assert list(artifact.numbers(claims, frames, again=frames)["agrees"]) == ["yes"]
    assert set(alone["verdict"]) <= set(VERDICTS)


def test_nothing_is_decided_by_a_value_that_is_missing(tmp_path):
    frame = pd.DataFrame({"tau": [math.nan], "low": [np.nan], "high": [np.nan]})
    row = one(frame, tmp_path=tmp_path)
    assert (row["verdict"], row["reason"]) == (UNDECIDED, "no interval")
    row = one(frame, quantity="share tau < 0", rule="> 0.5", tmp_path=tmp_path)
    assert (row["verdict"], row["reason"], row["n"]) == (UNDECIDED, "too few models", 0)
    mixed = pd.DataFrame(
        {"tau": [0.5, math.nan], "low": 0.4, "high": [0.6, math.nan], "set": [0, 1]}
    )
    row = one(mixed, quantity="sum tau by set", rule="> 0; exact", tmp_path=tmp_path)
    assert (row["verdict"], row["reason"]) == (IN_PART, "1 agree, 1 open")
    assert one(frame.assign(tau=0.5), tmp_path=tmp_path)["reason"] == "no interval"
