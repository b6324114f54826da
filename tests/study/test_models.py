from collections import Counter
from dataclasses import replace
from pathlib import Path

import open_clip
import pytest
from helpers.paper_models import PAPER_MODELS

from modgap.claims.published import read_published
from modgap.errors import InputError
from modgap.study.models import check_open_clip, chosen_models, read_models

REPO = Path(__file__).parents[2]
SHEET = REPO / "config" / "models.tsv"

# Sizes as the reference states them, by training set.
SIZES = {
    "openai": 400e6,
    "laion400m": 413e6,
    "laion2b": 2.3e9,
    "laion5b": 5.85e9,
    "yfcc15m": 14_829_396,
    "cc12m": 12_423_374,
    "laion_aesthetic": 900e6,
    "metaclip_400m": 400e6,
    "metaclip_fullcc": 2.5e9,
    "merged2b": 2e9,
    "nllb": 106_246,
    "datacomp_s": 1.4e6,
    "datacomp_m": 14e6,
    "datacomp_l": 140e6,
    "datacomp_1b": 1.4e9,
    "webli": 400e6,
}
COMMONPOOL = {
    "s": {"none": 12.8e6, "basic": 3e6, "text": 3.2e6, "image": 3e6, "laion": 1.3e6, "clip": 3.8e6},
    "m": {"none": 128e6, "basic": 30e6, "text": 31e6, "image": 29e6, "laion": 13e6, "clip": 38e6},
    "l": {
        "none": 1.28e9,
        "basic": 298e6,
        "text": 317e6,
        "image": 293e6,
        "laion": 130e6,
        "clip": 384e6,
    },
    "xl": {"none": 12.8e9, "laion": 1.3e9, "clip": 3.8e9},
}


@pytest.fixture(scope="module")
def models():
    """The paper's rows in the order of the sheet, without a user's own."""
    rows = read_models(SHEET)
    assert set(PAPER_MODELS) <= set(rows)
    return {name: row for name, row in rows.items() if name in PAPER_MODELS}


def test_open_clip_has_every_checkpoint(models):
    listed = set(open_clip.list_pretrained())
    assert {row.kind for row in models.values()} == {"open_clip"}
    missing = [r.model for r in models.values() if (r.architecture, r.pretrained) not in listed]
    assert missing == []
    assert [r.model for r in models.values()] == [
        f"{r.architecture}__{r.pretrained}" for r in models.values()
    ]
    check_open_clip(models.values())


def test_115_checkpoints_of_which_the_paper_keeps_101(models):
    assert len(models) == 115
    kept = [row for row in models.values() if "two_effects" in row.sets]
    assert len(kept) == 101
    medium = [row for row in kept if row.training_size <= 140_000_000]
    assert len(medium) == 17
    dropped = [row for row in models.values() if "two_effects" not in row.sets]
    assert Counter(row.note.partition(";")[0] for row in dropped) == {
        "longer-trained laion400m_e32 exists": 5,
        "fine-tuned on COCO": 2,
        "COCO image-to-text R@1 below 5": 7,
    }


def test_the_dropped_are_those_of_the_official_rules(models):
    published = read_published(REPO / "config" / "published.tsv").set_index("model")
    for row in models.values():
        recall = published.loc[row.model, "coco_image_to_text_r1"]
        finetuned = row.pretrained.startswith("mscoco_finetuned")
        shorter = row.pretrained == "laion400m_e31"
        kept = recall >= 0.05 and not finetuned and not shorter
        assert ("two_effects" in row.sets) == kept, row.model
        assert not shorter or "two_effects" in models[row.model.replace("_e31", "_e32")].sets


def test_sizes_are_those_of_the_reference(models):
    for row in models.values():
        pool = COMMONPOOL.get(row.commonpool_scale, {})
        expected = pool[row.commonpool_filter] if pool else SIZES[row.training_set]
        assert row.training_size == expected, row.model
    assert {row.training_set for row in models.values()} >= set(SIZES)


def test_the_tag_names_the_training_set(models):
    for row in models.values():
        name = row.training_set.replace("nllb", "v1").replace("datacomp_1b", "datacomp")
        assert name.removesuffix("_none") in row.pretrained, row.model


def test_preprocessing_is_open_clips(models):
    for row in models.values():
        size = open_clip.get_model_config(row.architecture)["vision_cfg"]["image_size"]
        tag = open_clip.get_pretrained_cfg(row.architecture, row.pretrained)
        assert row.preprocessing == f"{size}-{tag['interpolation']}-{tag['resize_mode']}", row.model


def chosen(rows, wanted, without=()):
    wanted = [wanted] if isinstance(wanted, str) else wanted
    return chosen_models(rows, wanted, without, "configuration: experiments.zoo")


def test_sets_and_names_choose_rows_in_the_order_of_the_sheet(models):
    kept = chosen(models, "two_effects")
    assert list(kept) == [name for name in models if name in kept]
    assert len(kept) == 101
    assert len(chosen(models, "two_effects_table4")) == 21
    assert Counter(row.training_set for row in chosen(models, "two_effects_table3").values()) == {
        "openai": 9,
        "laion400m": 7,
        "laion2b": 14,
        "webli": 9,
    }
    assert list(chosen(models, "two_effects_close_up")) == [
        "ViT-B-16__openai",
        "ViT-B-16-SigLIP__webli",
    ]
    assert list(chosen(models, "two_effects_table5")) == ["ViT-L-14__openai"]
    # The six small CommonPool models, and the fine-tuned CoCa that table 3 takes.
    every = ["two_effects", "two_effects_table3", "two_effects_table4"]
    assert len(chosen(models, every)) == 108
    # A model that the paper dropped may still be asked for by name.
    names = ["ViT-B-32__laion400m_e31", "RN50__openai"]
    assert set(chosen(models, names)) == set(names)


@pytest.mark.parametrize(
    ("wanted", "without", "message"),
    [
        (
            "all",
            [],
            "sheet: no set or model 'all' in models.tsv; sets: two_effects, two_eff",
        ),
        (["RN50__opnai"], [], "sheet: no set or model 'RN50__opnai' .*; did you mean 'RN50__open"),
        (["mine"], [], "sheet: 'mine' is of kind embeddings; name it under `files` of an"),
        ("two_effects", ["RN50__opnai"], "without: 'RN50__opnai' is none of its models; did you"),
        ("two_effects", ["zzzzzz"], "without: 'zzzzzz' is none .*; name one of its models"),
        # In the sheet, but not in the set: leaving it out would do nothing.
        ("two_effects", ["ViT-B-32__laion400m_e31"], "is none of its models; did you mean"),
    ],
)
def test_models_that_cannot_be_chosen_or_left_out(models, wanted, without, message):
    rows = models | {
        "mine": replace(models["RN50__openai"], model="mine", kind="embeddings", sets=())
    }
    with pytest.raises(InputError, match=f"^configuration: experiments.zoo.*{message}"):
        chosen(rows, wanted, without)
    assert "mine" not in chosen(rows, "two_effects")


def test_models_that_cannot_be_had_are_left_out(models):
    whole, gone = chosen(models, "two_effects"), ["ViT-L-14__openai", "RN50__openai"]
    assert list(chosen(models, "two_effects", gone)) == [n for n in whole if n not in gone]


def test_21_commonpool_models_each_in_its_place(models):
    found = Counter((r.commonpool_scale, r.commonpool_filter) for r in models.values())
    assert found.pop(("", "")) == 115 - 21
    assert found == {(scale, f): 1 for scale, filters in COMMONPOOL.items() for f in filters}
    assert all(
        bool(r.commonpool_scale) == r.pretrained.startswith("commonpool") for r in models.values()
    )


def changed(tmp_path, edit):
    """A sheet of the real one's first row, OpenAI's RN50, after `edit` of its cells."""
    lines = [x for x in SHEET.read_text().splitlines() if not x.startswith("#")][:2]
    cells = [text.split("\t") for text in lines]
    values = dict(zip(*cells, strict=True))
    edit(values)
    path = tmp_path / "models.tsv"
    lines = ["# a comment", "\t".join(values), "\t".join(values.values())]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"kind": "openclip"}, r"line 3 \(model 'RN50__openai'\): kind is 'openclip'.*open_clip"),
        ({"training_size": "4e8"}, "training_size is '4e8', expected a number of pairs"),
        ({"architecture": ""}, "kind open_clip needs architecture"),
        ({"preprocessing": ""}, "kind open_clip needs preprocessing: .*224-bicubic-shortest"),
        ({"preprocessing": "224"}, "preprocessing '224': expected SIZE-INTERPOLATION-MODE such as"),
        ({"preprocessing": "8x8-bicubic-squash"}, "write it as 8-bicubic-squash"),
        (
            {"kind": "embeddings", "architecture": "", "pretrained": ""}
            | {"image_embeddings": "a.npy", "text_embeddings": "b.npy"},
            "kind embeddings has no preprocessing",
        ),
        ({"image_embeddings": "a.npy"}, "kind open_clip has no image_embeddings"),
        ({"kind": "hub"}, "kind hub needs hub_repository"),
        ({"commonpool_scale": "s"}, "go together"),
        ({"commonpool_filter": "texts"}, "commonpool_filter is 'texts'"),
        ({"sha256": "ABC"}, "sha256 is not 64"),
        ({"model": "RN50/openai"}, "becomes a folder name"),
        ({"sets": "two_effects Best-Models"}, "set 'Best-Models': lower-case letters, digits"),
        ({"sets": "a", "model": "a"}, "'a' is the name of a set and of a model"),
        ({"kind": "folder", "architecture": "", "pretrained": ""}, "kind folder needs folder"),
        ({"pairs": "pairs.csv"}, "kind open_clip has no pairs"),
        *(
            ({"hub_repository": name}, "hub_repository is .*, expected ORGANISATION/NAME without")
            for name in ("hf-hub:org/repo", "https://huggingface.co/org/repo", "org/repo/")
        ),
        *(
            (
                dict.fromkeys(("architecture", "pretrained", "preprocessing"), "")
                | {"kind": "embeddings", "image_embeddings": "a.npy", "text_embeddings": "b.npy"}
                | cells,
                message,
            )
            for cells, message in [
                (
                    {"image_embeddings": "s3://b/a.npy"},
                    "image_embeddings 's3://b/a.npy': is an add",
                ),
                ({"text_embeddings": "https://h/b.npy"}, "text_embeddings .*: is an address; exp"),
                ({"pairs": r"C:\pairs.csv"}, "pairs .*: is a path of Windows"),
                ({"labels": "$HOME/l.csv"}, "labels '.HOME/l.csv': variables of the environment"),
                (
                    {"image_embeddings": "{run}/a.npy"},
                    "image_embeddings .*Snakemake takes {run} for",
                ),
                ({"folder": "features"}, "folder is for embeddings at an address; leave it"),
                (
                    {"image_embeddings": "https://h/f.npz/content", "sha256": "a" * 64},
                    "image_embeddings 'https://h/f.npz/content': expected an address that ends",
                ),
                ({"labels": "~nosuchuser/l.csv"}, "no user of this machine has that home folder"),
            ]
        ),
        (
            {"kind": "folder", "architecture": "", "pretrained": "", "folder": "file:///m"},
            "folder 'file:///m': is an address; expected a path of this machine",
        ),
        ({"kind": "package", "pretrained": "big"}, "pretrained is 'big'.*an empty cell.*random"),
        ({"kind": "package", "pretrained": "", "sha256": "a" * 64}, "kind package has no sha256"),
    ],
)
def test_a_row_that_cannot_be_meant(tmp_path, cells, message):
    with pytest.raises(InputError, match=message):
        read_models(changed(tmp_path, lambda values: values.update(cells)))


def test_a_misspelt_column_a_missing_one_and_a_double_name(tmp_path):
    def misspell(values):
        values["revison"] = values.pop("revision")

    with pytest.raises(InputError, match="unknown column 'revison'; did you mean 'revision'"):
        read_models(changed(tmp_path, misspell))
    with pytest.raises(InputError, match="no column 'sha256'"):
        read_models(changed(tmp_path, lambda values: values.pop("sha256")))
    path = changed(tmp_path, lambda values: None)
    path.write_text(path.read_text() + path.read_text().splitlines()[-1] + "\n")
    with pytest.raises(InputError, match=r"line 4 \(model 'RN50__openai'\): .*used before"):
        read_models(path)
    path.write_text(path.read_text() + "RN50\topen_clip\n")
    with pytest.raises(InputError, match="line 5 has 2 cells, the header 19"):
        read_models(path)
    with pytest.raises(InputError, match="no such file"):
        read_models(tmp_path / "none.tsv")


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"pretrained": "openia"}, "'openia'; did you mean 'RN50__openai'"),
        ({"architecture": "zzz", "pretrained": "qqq"}, "open_clip.list_pretrained"),
    ],
)
def test_a_name_that_open_clip_does_not_know(tmp_path, cells, message):
    models = read_models(changed(tmp_path, lambda values: values.update(cells)))
    with pytest.raises(InputError, match=message):
        check_open_clip(models.values())


def test_rows_of_the_other_kinds(tmp_path):
    blank = {"architecture": "", "pretrained": "", "training_size": ""}
    cells = {"kind": "embeddings", "preprocessing": "", "image_embeddings": "i.npy"}
    cells |= {"text_embeddings": "t.npy", "pairs": "p.csv", "labels": "l.tsv", "model": "mine"}
    path = changed(tmp_path, lambda values: values.update(blank | cells))
    row = read_models(path)["mine"]
    assert (row.image_embeddings, row.text_embeddings) == ("i.npy", "t.npy")
    assert (row.pairs, row.labels, row.training_size) == ("p.csv", "l.tsv", None)
    for cells in (
        {"kind": "hub", "hub_repository": "some/model"},
        {"kind": "folder", "folder": "models/mine"},
    ):
        path = changed(tmp_path, lambda values, cells=cells: values.update(blank | cells))
        rows = read_models(path)
        assert rows["RN50__openai"].kind == cells["kind"]
        check_open_clip(rows.values())


def test_a_set_with_embeddings_is_refused(models):
    mine = replace(models["RN50__openai"], model="mine", kind="embeddings", sets=("mine_too",))
    with pytest.raises(InputError, match=r"sheet: 'mine' is of kind embeddings; .* out of the set"):
        chosen(models | {"mine": mine}, "mine_too")
