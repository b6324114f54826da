"""A made-up results folder of a small study, with everything that a page shows."""

from functools import cache
from pathlib import Path

import pandas as pd
import yaml
from helpers.claim_frames import UNITS, claim_frame
from helpers.synthetic_results import zoo
from helpers.tiny_study import DEFAULT, ROOT, TINY, overlaid
from PIL import Image

from modgap.artifacts.write_table import write_table
from modgap.claims.board import board, read_claims
from modgap.claims.rule import parse_rule
from modgap.claims.selector import parse_selector
from modgap.formats.tables import write_frame
from modgap.study.study import Study

CLAIMS = read_claims(ROOT / "config" / "claims.tsv")


@cache
def made_up_board() -> pd.DataFrame:
    """The board of config/claims.tsv, some claims met by their made-up numbers and some not."""
    rows = []
    for number, claim in enumerate(CLAIMS.to_dict("records")):
        frame = None
        if claim["artifact"] != "-":
            rule, selector = parse_rule(claim["rule"]), parse_selector(claim["quantity"])
            far = rule.bound + (3 * rule.margin or 0.5) * (1 if number % 2 else -1)
            value = rule.bound if rule.comparison == "within" and number % 2 else far
            frame = claim_frame(selector, [(value, 0.001, UNITS)])
        rows.append(board(pd.DataFrame([claim]), {claim["artifact"]: frame}))
    return pd.concat(rows, ignore_index=True)


def results_folder(folder: Path, left_out: tuple[str, ...] = (), model: str = "large0") -> Study:
    """Write the folder; returns its study.

    `left_out`: experiments that the study lacks; `model`: what one of its models is called.
    """
    # What is made of no experiment too.
    left = {*left_out, *(DEFAULT["experiments"].keys() - TINY["only"])}
    config = overlaid(
        TINY, {"only": [], "experiments": dict.fromkeys(left), "results": str(folder)}
    )
    study = Study.of(config, ROOT / "config")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    (folder / "report.html").write_text("<title>report</title>")
    (folder / "versions.csv").write_text("name,version\ncommit,\nnumpy,2.4.6\n")
    metrics, models = (
        frame.replace({"model": {"large0": model}})
        for frame in zoo(medium=(0.1, 0.2, 0.3), large=(0.15, 0.35))
    )
    models["training_set"] = ["MAD, small"] * 3 + ["MAD, large"] * 2
    for name in study.tabled:
        write_frame(folder / f"metrics/{name}.parquet", metrics, {})
        (folder / "models").mkdir(exist_ok=True)
        models.to_csv(folder / f"models/{name}.csv", index=False)
    for artifact in study.artifacts.values():
        _write(folder, artifact)
    board_files = {kind: folder / f"about/claims.{kind}" for kind in ("csv", "md", "tex")}
    write_table(made_up_board(), {"claim": "claim", "verdict": "verdict"}, **board_files)
    return study


def _write(folder, artifact):
    paths = {kind: folder / path[len("<results>/") :] for kind, path in artifact.outputs.items()}
    table = pd.DataFrame({"model": ["a|b", "c"], "value": [0.5, -0.25]})
    next(iter(paths.values())).parent.mkdir(exist_ok=True)
    if not artifact.figure:
        write_table(table, {"model": "model", "value": "value"}, **paths)
        return
    Image.new("RGB", (60, 40), "white").save(paths["png"])
    paths["pdf"].write_bytes(b"%PDF-1.4")
    table.to_csv(paths["csv"], index=False)
