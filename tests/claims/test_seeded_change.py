"""A seeded error in one metric: `modgap diff` names what it touches, and verdicts turn with it."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from helpers.tiny_embeddings import metadata, tiny_pair

from modgap.__main__ import main
from modgap.artifacts.two_effects import fig4c, fig7a
from modgap.claims.board import board, read_claims
from modgap.claims.difference import compare_results
from modgap.claims.rule import DOES_NOT, HOLDS
from modgap.formats.embeddings import Embeddings
from modgap.formats.tables import write_frame
from modgap.measure.inputs import inputs_of
from modgap.measure.looks import removal
from modgap.measure.table import measure_pair
from modgap.metrics import gap as module
from modgap.metrics.gap import rmg_variants

N = 24
HEADER = "claim\tsource\tstatement\tartifact\tquantity\trule\tpaper_value\tcriticism\n"


def models():
    """Name → the embeddings of a made-up model; six, with one and five attributes."""
    made = {}
    for attributes in (1, 5):
        for seed in range(3):
            name = f"k{attributes}-s{seed}"
            images, texts = tiny_pair(N, offset=1.5 / attributes, seed=seed)
            facts = metadata(model=name)
            made[name] = tuple(Embeddings(x.table, x.vectors, facts) for x in (images, texts))
    return made


def build(folder):
    """Metrics, two figures' numbers: what a study leaves in its results folder."""
    frames, looks, rows = [], [], []
    for name, (images, texts) in models().items():
        table = measure_pair(images, texts, seed=0, resamples=50)
        write_frame(folder / f"metrics/{name}/digits.parquet", table, {})
        frames.append(table)
        looks.append(removal.look(images, texts, seed=0))
        rows.append({"model": name, "attributes": int(name[1]), "seed": int(name[-1])})
    numbers = {
        "two_effects/fig7a": fig7a.numbers(pd.concat(frames), pd.DataFrame(rows)),
        "two_effects/fig4c": fig4c.numbers(pd.concat(looks)),
    }
    for artifact, frame in numbers.items():
        path = folder / f"{artifact}.csv"
        path.parent.mkdir(exist_ok=True)
        frame.to_csv(path, index=False)
    return numbers


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The same study three times: right, with the diagonal kept in RMG, and right again."""
    folder = tmp_path_factory.mktemp("runs")
    numbers = {"right": build(folder / "right")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_intra", lambda total, n: float((1 - total @ total / n**2) / 2))
        numbers["seeded"] = build(folder / "seeded")
    numbers["restored"] = build(folder / "restored")
    return SimpleNamespace(folder=folder, numbers=numbers)


def verdicts(claims, numbers):
    table = board(claims, numbers).set_index("claim")
    return table["verdict"].to_dict()


def test_diff_finds_what_depends_on_the_metric_and_nothing_else(runs):
    moved = compare_results(runs.folder / "right", runs.folder / "seeded")
    assert {"moved", "within"} >= set(moved["change"])
    of_metrics = moved[moved["table"].str.startswith("metrics/")]
    # The mean dissimilarity within a modality is what both are made of.
    metrics = of_metrics["row"].str.extract(r"test, ([\w@:]+), ")[0]
    assert set(metrics) == {"rmg", "cosine_shift"}
    assert of_metrics["table"].nunique() == 6
    of_figures = moved[~moved["table"].str.startswith("metrics/")]
    assert set(of_figures["table"]) == {"two_effects/fig7a.csv", "two_effects/fig4c.csv"}
    assert of_figures["row"].str.contains("RMG").all()


def test_the_command_says_so_by_its_exit_code(runs, capsys):
    right = str(runs.folder / "right")
    assert main(["diff", right, str(runs.folder / "seeded")]) == 1
    assert "two_effects/fig7a.csv" in capsys.readouterr().out
    assert main(["diff", right, str(runs.folder / "restored"), "--exact"]) == 0
    assert capsys.readouterr().out == ""


def test_verdicts_that_rest_on_it_turn_and_no_other(runs, tmp_path):
    pairs = [inputs_of(*made) for name, made in models().items() if name.startswith("k1")]
    variants = pd.DataFrame([rmg_variants(x.images, x.texts, x.pairs) for x in pairs]).mean()
    bound = np.mean([variants["official"], variants["diagonal_kept"]])
    of_rmg = "mean value where quantity=RMG and attributes=1"
    of_bias = 'mean value where quantity="MOAD, image" and attributes=1'
    bias = runs.numbers["right"]["two_effects/fig7a"].query("attributes == 1")
    bias = bias.loc[bias["quantity"] == "MOAD, image", "value"].mean()
    lines = [
        "gap\ttwo_effects\tThe gap is small.\ttwo_effects/fig7a\t"
        f"{of_rmg}\t< {bound:.6f}; exact\t\t",
        "bias\ttwo_effects\tThe bias is no larger.\ttwo_effects/fig7a\t"
        f"{of_bias}\t< {bias + 1e-6:.7f}; exact\t\t",
    ]
    path = tmp_path / "claims.tsv"
    path.write_text(HEADER + "\n".join(lines) + "\n")
    claims = read_claims(path)
    assert verdicts(claims, runs.numbers["right"]) == {"gap": HOLDS, "bias": HOLDS}
    assert verdicts(claims, runs.numbers["seeded"]) == {"gap": DOES_NOT, "bias": HOLDS}
    assert verdicts(claims, runs.numbers["restored"]) == {"gap": HOLDS, "bias": HOLDS}
