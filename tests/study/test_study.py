import inspect
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from helpers.tiny_study import overlaid

from modgap.data.adapters import ADAPTERS
from modgap.errors import InputError
from modgap.study.artifacts import READS, modules_in, read_artifacts
from modgap.study.datasets import DRAWING_ADAPTERS
from modgap.study.study import Study

ROOT = Path(__file__).parents[2]
DEFAULT = yaml.safe_load((ROOT / "config.yaml").read_text())


def study_of(config):
    return Study.of(config, ROOT / "config")


def test_a_study_is_read_without_pandas_numpy_or_torch():
    code = (
        "import sys, yaml; from modgap.study.study import Study\n"
        "study = Study.of(yaml.safe_load(open('config.yaml'))); study.artifacts, study.measured\n"
        "heavy = {'pandas', 'numpy', 'torch', 'scipy', 'matplotlib'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)"
    )
    environment = {"PYTHONPATH": str(ROOT / "workflow"), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_no_paper_and_no_data_set_is_named_in_the_rules_or_the_study():
    for folder in ("workflow/rules", "workflow/modgap/study"):
        for path in (ROOT / folder).rglob("*.*"):
            if path.suffix in (".smk", ".py"):
                text = path.read_text()
                for name in ("two_effects", "mind_the_gap", "soft_targets", "flickr"):
                    assert name not in text, path
    assert len((ROOT / "workflow/rules/common.smk").read_text().splitlines()) <= 70


def test_a_study_that_keeps_few_experiments_makes_their_artifacts_and_the_board_alone():
    for name, experiments in (
        ("features", {"close_up"}),
        ("imbalance", {"captions", "poorer_captions", "poorer_images"}),
        ("temperatures", {"captions", "temperatures", "starts"}),
    ):
        study = study_of(overlaid(yaml.safe_load((ROOT / f"config/{name}.yaml").read_text())))
        of = {each for made in study.artifacts.values() for each in made.declaration.of}
        assert of <= experiments
        assert [target for target, made in study.artifacts.items() if not made.declaration.of] == [
            "about_claims"
        ]
        assert "`only`" in study.absent["mind_the_gap_theorem1"]


def test_the_default_study_has_every_artifact_of_trained_models():
    study = study_of(DEFAULT)
    # Two sweeps and the imbalance in bits have a study of their own.
    own = ["mind_the_gap_temperature_sweep", "mind_the_gap_initialisation", "about_imbalance"]
    assert list(study.absent) == [*own, "about_expected_scores"]
    fig4a, fig11a = study.artifacts["two_effects_fig4a"], study.artifacts["two_effects_fig11a"]
    assert fig4a.figure
    assert fig4a.declaration.code == fig11a.declaration.code == "artifacts.two_effects.fig4a"
    assert fig4a.inputs["look"] == [
        f"<results>/looks/captions-k{k}-s0/mad-digit-k{k}/dimensions.parquet" for k in (1, 5)
    ]
    assert fig11a.inputs["look"] == [
        f"<results>/looks/captions-k{k}-s0/mad-digit-colour/dimensions.parquet" for k in (1, 5)
    ]
    table1 = study.artifacts["two_effects_table1"]
    assert not table1.figure
    assert table1.inputs["correlations"] == ["<results>/stats/zoo/by_size.csv"]
    assert "controlled analogue" in table1.stands_for
    fig5b = study.artifacts["two_effects_fig5b"]
    assert fig5b.quantities == dict.fromkeys(("attributes", "retrieval", "classification"), ("",))


def test_an_artifact_that_the_study_lacks_is_absent_with_the_reason():
    study = study_of({**DEFAULT, "experiments": {"zoo": DEFAULT["experiments"]["zoo"]}})
    assert study.absent["two_effects_fig7a"] == "the study has no experiment 'captions'"
    assert "two_effects_fig3" in study.artifacts
    config = {
        "experiments": {"zoo": {**DEFAULT["experiments"]["zoo"], "data": {"retrieval": "own"}}}
    }
    study = study_of(config)
    assert study.absent["two_effects_fig5b"] == "experiment zoo has no data set for attributes"
    assert study.artifacts["two_effects_fig3"].quantities == {"retrieval": ("",)}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"reeds": "metrics"}, "two_effects.fig3: unknown word 'reeds'; did you mean 'reads'"),
        ({"reads": "metric"}, "unknown reads 'metric'; did you mean 'metrics'"),
        ({"look": "dimension", "of": "zoo"}, "unknown look 'dimension'; did you mean 'dimensions'"),
        ({"look": "dimensions"}, "a look is of the models of an experiment"),
        ({"settings": ["confidense"]}, "unknown settings 'confidense'; did you mean 'confidence'"),
        ({"module": "fig99"}, "unknown module 'fig99'"),
        ({"simulation": "deepth"}, "unknown simulation 'deepth'"),
    ],
)
def test_a_declaration_that_cannot_be_meant_is_refused(tmp_path, words, message):
    path = tmp_path / "artifacts.yaml"
    content = {"sources": {"two_effects": "x"}, "two_effects": {"fig3": words}}
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(InputError, match=message):
        read_artifacts(path)


def test_every_module_is_declared_and_every_table_is_read():
    sources, declared = read_artifacts()
    for source in sources:
        used = {each.code.split(".")[-1] for each in declared if each.source == source}
        assert used == set(modules_in(f"artifacts/{source}")), source
    assert {table for each in declared for table in each.reads} == set(READS)


def test_what_models_read_their_pixels_from():
    study = study_of(
        {
            "experiments": {
                "small": {"train": {}, "data": {"retrieval": "own"}},
                "plain": {"random": ["RN50"], "data": {"retrieval": ["coco", "mad-digit-k1"]}},
            },
            "folders": {"coco": "/photos"},
        }
    )
    assert study.pixels("small", "mad-digit-k1") == "<results>/data/mad/test/pixels.npy"
    cache = "<results>/pixels/mad-digit-k1/224-bicubic-shortest/cache.json"
    assert study.pixels("RN50-random-s0", "mad-digit-k1") == cache
    assert study.dataset_folder("coco") == "/photos"
    assert study.raw_files("coco") == []
    assert study.folder("small") == "<results>/models/small"
    assert study.folder("RN50-random-s0") == "<resources>/models/RN50-random-s0"


def test_random_weights_are_shown_images_of_their_architecture_s_size():
    """All were planned at 224 pixels, and those of another size failed once they were built."""
    sizes = {
        "ViT-L-14-336": 336,
        "RN50x4": 288,
        "ViT-B-16-plus-240": 240,
        "RN50": 224,
    }
    study = study_of(
        {"experiments": {"plain": {"random": list(sizes), "data": {"retrieval": "coco"}}}}
    )
    for name, size in sizes.items():
        cache = f"<results>/pixels/coco/{size}-bicubic-shortest/cache.json"
        assert study.pixels(f"{name}-random-s0", "coco") == cache


def test_a_model_of_one_tower_is_refused_where_a_gap_is_to_be_measured():
    """Its job failed on a file of no texts, "model is 'resnet18-random-s0' in one and None in"."""
    data = {"retrieval": "mad-digit-k1"}
    for models in ({"random": ["RN50", "resnet18"]}, {"sheet": ["efficientnet-lite0"]}):
        message = r"experiments\.mine: '(resnet18|efficient).* has no gap to measure"
        with pytest.raises(InputError, match=message):
            study_of({"experiments": {"mine": models | {"data": data}}})
    # Artifacts look into these, and no metrics are made of them.
    study = study_of(DEFAULT)
    assert "resnet18-random-s0" in study.models
    assert "untrained" not in study.tabled


def test_a_model_trained_on_shards_is_shown_what_its_start_was():
    data = {"retrieval": "coco"}
    large = {"shards": {"data": "cc12m", "architecture": "RN50x4"}, "data": data}
    sheet = {"sheet": ["RN50x16__openai"], "data": data}
    tuned = {"shards": {"data": "cc12m", "from": "RN50x16__openai"}, "data": data}
    study = study_of({"experiments": {"large": large, "given": sheet, "tuned": tuned}})
    assert study.pixels("large", "coco").endswith("/288-bicubic-shortest/cache.json")
    assert study.pixels("tuned", "coco").endswith("/384-bicubic-shortest/cache.json")


def test_data_sets_of_the_same_archives_are_downloaded_once():
    data = {"retrieval": ["emoji-style", "emoji-concept"]}
    study = study_of({"experiments": {"plain": {"random": ["RN50"], "data": data}}})
    once = ["<resources>/datasets/emoji/emoji-train.json"]
    assert study.raw_files("emoji-style") == study.raw_files("emoji-concept") == once
    # Another archive in the same folder is another download.
    assert study.raw_files("cifar100") == ["<resources>/datasets/cifar/cifar100.json"]


def test_a_second_study_is_read_as_far_as_it_is_there(tmp_path):
    assert "again" not in study_of(DEFAULT).artifacts["about_claims"].inputs
    (tmp_path / "two_effects").mkdir()
    (tmp_path / "two_effects" / "fig3.csv").write_text("x\n")
    (tmp_path / "two_effects" / "other.csv").write_text("x\n")
    inputs = study_of(DEFAULT | {"second": str(tmp_path)}).artifacts["about_claims"].inputs
    assert inputs["again"] == [f"{tmp_path}/two_effects/fig3.csv"]


def test_a_second_study_that_is_none_or_the_same_is_refused(tmp_path):
    (tmp_path / "two_effects").mkdir()
    for second in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError, match=r"second: '\S+' is no results folder of another"):
            _ = study_of(DEFAULT | {"second": str(second)}).artifacts
    (tmp_path / "two_effects" / "fig3.csv").write_text("x\n")
    with pytest.raises(InputError, match="no results folder of another study"):
        _ = study_of(DEFAULT | {"second": str(tmp_path), "results": str(tmp_path)}).artifacts


def _with_rows(tmp_path, *rows):
    """The sheets of this repository with more rows of models: column → cell, empty if not given."""
    sheets = tmp_path / "config"
    shutil.copytree(ROOT / "config", sheets)
    sheet = sheets / "models.tsv"
    header = next(x for x in sheet.read_text().splitlines() if not x.startswith("#")).split("\t")
    lines = ["\t".join(row.get(column, "") for column in header) for row in rows]
    sheet.write_text(sheet.read_text().rstrip("\n") + "\n" + "\n".join(lines) + "\n")
    files = [row["model"] for row in rows]
    config = {"experiments": {"f": {"files": files, "data": {"retrieval": "own"}}}}
    return Study.of(config, sheets)


def _published(name, address, sum_of):
    return {"model": name, "kind": "embeddings", "image_embeddings": address, "sha256": sum_of * 64}


def test_published_files_of_one_name_are_refused_unless_they_are_one(tmp_path):
    rows = [_published(name, f"https://h/{name}/f.npz", name) for name in ("a", "b")]
    with pytest.raises(InputError, match=r"'a' and 'b' have embeddings at different addresses"):
        _with_rows(tmp_path, *rows)
    same = [_published(name, "https://h/f.npz?download=1", "a") for name in ("a", "b")]
    study = _with_rows(tmp_path / "same", *same)
    assert study.embedding_files("b") == ["resources/embeddings/f.npz"]
    # What is downloaded is not there yet when Snakemake first asks.
    assert study.given_files("b") == []


def test_every_part_of_a_folder_of_embeddings_is_watched(tmp_path):
    for name in ("img_emb/0.npy", "img_emb/1.npy", "img_emb/.cache"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    row = {"model": "mine", "kind": "embeddings", "image_embeddings": str(tmp_path / "img_emb")}
    study = _with_rows(tmp_path, row | {"text_embeddings": "~/t.npy"})
    parts = [str(tmp_path / f"img_emb/{number}.npy") for number in (0, 1)]
    assert study.embedding_files("mine") == [*parts, str(Path("~/t.npy").expanduser())]
    assert study.given_files("mine") == study.embedding_files("mine")
    assert study.embedding_cells("mine")["images"] == str(tmp_path / "img_emb")


def test_a_missing_file_of_embeddings_is_no_input_and_stops_the_plan(tmp_path):
    """As an input Snakemake would go on with what was made of another file."""
    (tmp_path / "i.npy").touch()
    row = {"model": "mine", "kind": "embeddings", "image_embeddings": str(tmp_path / "i.npy")}
    study = _with_rows(tmp_path, row | {"text_embeddings": str(tmp_path / "t.npy")})
    assert study.embedding_inputs("mine") == [str(tmp_path / "i.npy")]
    with pytest.raises(
        InputError, match=r"'mine': text_embeddings in models\.tsv: nothing lies at"
    ):
        study.given_state("mine")
    (tmp_path / "t.npy").touch()
    assert study.embedding_inputs("mine") == study.embedding_files("mine")
    assert study.given_state("mine")


def test_a_download_is_an_input_before_it_is_there(tmp_path):
    study = _with_rows(tmp_path, _published("a", "https://h/f.npz", "a"))
    assert study.embedding_inputs("a") == ["resources/embeddings/f.npz"]
    assert study.given_state("a")


def test_a_missing_caption_corpus_stops_the_plan(tmp_path):
    corpus = tmp_path / "captions.txt"
    study = study_of(DEFAULT | {"caption_corpora": {"pets": str(corpus)}})
    with pytest.raises(InputError, match=r"caption_corpora\.pets: nothing lies at .*captions\.txt"):
        study.corpora_state()
    corpus.touch()
    assert study.corpora_state()


def test_a_configured_folder_that_is_missing_stops_the_plan(tmp_path):
    study = study_of(DEFAULT | {"folders": {"coco": str(tmp_path / "photos")}})
    with pytest.raises(InputError, match=r"coco: folder .*photos not found\. .*set folders\.coco"):
        study.folder_there("coco")
    (tmp_path / "photos").mkdir()
    assert study.folder_there("coco") == str(tmp_path / "photos")
    # A folder that is not configured is where a download goes, or what a plan is looked at without.
    assert study_of(DEFAULT).folder_there("coco") == "resources/datasets/coco"
    assert study.folder_there("mad-digit-k1") == "results/data/mad/test"


def test_the_seed_of_a_study_decides_the_data_sets_that_draw_and_no_other():
    study = study_of(DEFAULT | {"seed": 3})
    assert study.drawn_with("mad-digit-k1") == 3
    assert study.drawn_with("coco") == study.drawn_with("emoji-style") == 0
    draw = {name for name, read in ADAPTERS.items() if "seed" in inspect.signature(read).parameters}
    assert draw == set(DRAWING_ADAPTERS)


@pytest.mark.parametrize("key", ["results", "resources"])
def test_nothing_is_written_below_a_file(tmp_path, key):
    (tmp_path / "a").touch()
    with pytest.raises(InputError, match=rf"configuration: {key}: '\S+a/b': '\S+a' is a file"):
        study_of(DEFAULT | {key: str(tmp_path / "a" / "b")})
