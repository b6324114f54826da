import math

import pandas as pd
import pytest

from modgap.claims.estimates import Estimate
from modgap.claims.rule import (
    DOES_NOT,
    HOLDS,
    IN_PART,
    NOT_RUN,
    UNDECIDED,
    after_correction,
    judge,
    parse_rule,
)
from modgap.errors import InputError


def estimate(low, high, n=20, p=math.nan):
    return Estimate("x", (low + high) / 2, low, high, n, 0, lambda bound: p)


UP, DOWN, WIDE = estimate(0.1, 0.3), estimate(-0.3, -0.1), estimate(-0.2, 0.2)


def verdict(rule, *made, rows=None):
    rows = pd.DataFrame() if rows is None else rows
    found = judge(parse_rule(rule), made, rows)
    return found.verdict, found.reason


@pytest.mark.parametrize(
    ("rule", "made", "expected"),
    [
        ("> 0", [UP], (HOLDS, "")),
        ("< 0", [UP], (DOES_NOT, "1 do not")),
        ("> 0", [WIDE], (UNDECIDED, "too wide an interval")),
        ("> 0", [UP, WIDE], (IN_PART, "1 agree, 1 open")),
        ("> 0", [UP, DOWN], (IN_PART, "1 agree, 1 do not")),
        ("> 0", [DOWN, WIDE], (DOES_NOT, "1 do not, 1 open")),
        ("> 0; most", [UP, UP, DOWN], (HOLDS, "")),
        ("> 0; most", [DOWN, DOWN, UP], (DOES_NOT, "1 agree, 2 do not")),
        ("> 0; most", [UP, DOWN], (IN_PART, "1 agree, 1 do not")),
        ("> 0; n >= 21", [UP], (UNDECIDED, "too few models")),
        ("within 0.3 of 0", [WIDE], (HOLDS, "")),
        ("within 0.1 of 0", [WIDE], (UNDECIDED, "too wide an interval")),
        ("within 0.05 of 0", [UP], (DOES_NOT, "1 do not")),
        ("> 0", [], (NOT_RUN, "no such rows in this study")),
        ("> 0.2; exact", [WIDE], (DOES_NOT, "1 do not")),
        ("> 0", [Estimate("x", 5.0)], (UNDECIDED, "no interval")),
        ("> 0; exact", [Estimate("x", 5.0)], (HOLDS, "")),
        ("> 5; exact", [Estimate("x", 5.0)], (DOES_NOT, "1 do not")),
        ("> 0; exact", [Estimate("x", math.nan)], (UNDECIDED, "no interval")),
    ],
)
def test_verdicts(rule, made, expected):
    assert verdict(rule, *made) == expected


def test_scores_near_chance_leave_a_claim_open():
    rows = pd.DataFrame({"recall": [1.0, 4.0]})
    assert verdict("> 0; score recall >= 5", UP, rows=rows) == (UNDECIDED, "scores near chance")
    assert verdict("> 0; score recall >= 4", UP, rows=rows) == (HOLDS, "")


def test_p_decides_where_there_is_no_interval():
    def with_p(value, p):
        return Estimate("x", value, p_against=lambda bound: p)

    assert verdict("< 0; level 0.05", with_p(-0.2, 0.01)) == (HOLDS, "")
    assert verdict("> 0; level 0.05", with_p(-0.2, 0.01)) == (DOES_NOT, "1 do not")
    assert verdict("< 0; level 0.05", with_p(-0.2, 0.2)) == (UNDECIDED, "too wide an interval")
    assert verdict("< 0", with_p(-0.2, 0.01)) == (UNDECIDED, "no interval")


def test_the_p_of_a_claim_is_that_of_as_many_estimates_as_it_needs():
    made = [estimate(0.1, 0.3, p=0.01), estimate(0.1, 0.2, p=0.03), estimate(-0.3, -0.1, p=0.2)]
    rows, rule = pd.DataFrame(), parse_rule("> 0; level 0.05")
    assert judge(rule, made[:2], rows).p == 0.03  # both are needed: the larger
    assert judge(rule, made, rows).p == pytest.approx(2 * 0.03)  # two of three agree
    most = parse_rule("> 0; level 0.05; most")
    up = [estimate(0.1, 0.3, p=p) for p in (0.04, 0.001, 0.003, 0.002)]
    assert judge(most, up, rows).p == pytest.approx(2 * 0.003)  # three of four are needed
    assert judge(rule, [estimate(-1, 1, p=0.7)], rows).p == 0.7  # open, but tested
    assert judge(rule, [UP], rows).p == 1  # a level and no p
    assert math.isnan(judge(parse_rule("> 0"), made, rows).p)


def test_a_corrected_p_takes_a_verdict_back_but_gives_none():
    rule = parse_rule("> 0; level 0.05")
    judged = judge(rule, [estimate(0.1, 0.3, p=0.01)], pd.DataFrame())
    assert after_correction(rule, judged, 0.04) == judged
    assert after_correction(rule, judged, 0.06).reason == "p after correction 0.06"
    open_ = judge(rule, [estimate(-1, 1, p=0.7)], pd.DataFrame())
    assert after_correction(rule, open_, 1.0) == open_
    assert after_correction(parse_rule("> 0"), judged, 0.5) == judged


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no comparison"),
        ("about 0", "'about 0' is no comparison"),
        ("> zero", "'> zero' is no comparison"),
        ("within 0 of 1", "a margin above 0"),
        ("> 0; levle 0.05", "clause 'levle 0.05' cannot be read; did you mean 'level'"),
        ("> 0; level five", "clause 'level five' cannot be read"),
        ("> 0; level 1.5", "level 1.5 is not between 0 and 1"),
        ("> 0; n >= 2.5", "cannot be read"),
        ("> 0; exact; level 0.05", "an exact rule has no p"),
        ("within 1 of 0; level 0.05", "decided by its interval"),
    ],
)
def test_rules_that_cannot_be_read(text, message):
    with pytest.raises(InputError, match=message):
        parse_rule(text)
