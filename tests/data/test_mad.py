from dataclasses import replace

import numpy as np
import pytest

from modgap.data.adapters import build_manifest
from modgap.errors import InputError
from modgap.formats.manifest import write_manifest
from modgap.mad.captions import VALUES, CaptionSpec
from modgap.mad.manifest import mad_class_manifest, mad_manifest
from modgap.study.datasets import DatasetRow

ROW = DatasetRow("", "mad", "mad", "test", "", None, None, "no", "", "", "", "", "")


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    labels = np.stack([rng.integers(len(v), size=50) for v in VALUES.values()], axis=1)
    np.save(tmp_path / "labels.npy", labels.astype(np.uint8))
    np.save(tmp_path / "pixels.npy", rng.integers(256, size=(50, 28, 28, 3), dtype=np.uint8))
    return tmp_path


@pytest.mark.parametrize("dataset", ["mad-digit-k3", "mad-colour-k0", "mad-digit-colour"])
def test_the_files_are_those_of_mad_itself_to_the_last_bit(folder, dataset):
    pixels, labels = folder / "pixels.npy", np.load(folder / "labels.npy")
    if dataset == "mad-digit-colour":
        expected = mad_class_manifest(pixels, labels, dataset=dataset, split="test")
    else:
        factor, count = dataset.removeprefix("mad-").split("-k")
        spec = CaptionSpec(factor, int(count))
        expected = mad_manifest(pixels, labels, spec, dataset=dataset, split="test", seed=7)
    write_manifest(folder / "expected", expected)
    build_manifest(replace(ROW, dataset=dataset), folder, folder / "out", seed=7)
    for name in ("images.parquet", "texts.parquet"):
        written = (folder / "out" / name).read_bytes()
        assert written == (folder / "expected" / name).read_bytes()
    assert (folder / "out" / "problems.tsv").read_text() == "item\tproblem\taction\n"


def test_the_seed_draws_the_captions(folder):
    row = replace(ROW, dataset="mad-digit-k1")
    texts = [build_manifest(row, folder, folder / "out", seed=seed).texts for seed in (0, 0, 1)]
    assert texts[0].equals(texts[1])
    assert not texts[0].equals(texts[2])


def test_the_first_items_have_their_captions_alone(folder):
    whole = build_manifest(replace(ROW, dataset="mad-digit-k1"), folder, folder / "out", seed=7)
    first = build_manifest(replace(ROW, dataset="mad-digit-k1-n20"), folder, folder / "n", seed=7)
    assert first.images["image_id"].tolist() == whole.images["image_id"].tolist()[:20]
    captions = whole.texts[whole.texts["kind"] == "caption"]
    assert first.texts["text"].tolist() == captions["text"].tolist()[:20]
    assert first.dataset == "mad-digit-k1-n20"
    with pytest.raises(
        InputError, match=r"mad-digit-k1-n51: 51 items of 50; raise mad\.test_items"
    ):
        build_manifest(replace(ROW, dataset="mad-digit-k1-n51"), folder, folder / "out")


def test_groups_have_classes_that_none_of_them_is(folder):
    manifest = build_manifest(replace(ROW, dataset="mad-digit-groups"), folder, folder / "out")
    assert set(manifest.images["group"]) <= set(VALUES["colour"])
    assert set(manifest.texts["kind"]) == {"class"}


def test_other_names_and_arrays_are_refused(folder):
    with pytest.raises(InputError, match="data set 'mad-digit': MAD data sets are"):
        build_manifest(replace(ROW, dataset="mad-digit"), folder, folder / "out")
    with pytest.raises(InputError, match="factors: digit, thickness"):
        build_manifest(replace(ROW, dataset="mad-size-k1"), folder, folder / "out")
    np.save(folder / "labels.npy", np.zeros((49, 6), np.uint8))
    with pytest.raises(InputError, match="50 images for labels of shape"):
        build_manifest(replace(ROW, dataset="mad-digit-k1"), folder, folder / "out")
    (folder / "labels.npy").unlink()
    with pytest.raises(InputError, match=r"labels\.npy: not a readable"):
        build_manifest(replace(ROW, dataset="mad-digit-k1"), folder, folder / "out")
