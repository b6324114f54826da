from dataclasses import replace

import pandas as pd
import pytest

from modgap.errors import InputError
from modgap.formats.manifest import Manifest, read_manifest, write_manifest


def make():
    images = pd.DataFrame(
        {"image_id": ["a", "b"], "path": ["a.png", "b.png"], "row": [-1, -1], "digit": ["1", "2"]}
    )
    texts = pd.DataFrame(
        {
            "text_id": ["t0", "t1", "p1"],
            "text": ["a one", "a two", "1"],
            "kind": ["caption", "caption", "class"],
            "image_id": ["a", "b", None],
            "factor": [None, None, "digit"],
            "label": [None, None, "1"],
            "object": [None, None, None],
        }
    )
    return Manifest("tiny", "test", "images", images, texts, "digit")


def test_what_is_written_is_read_back(tmp_path):
    wrote = make()
    write_manifest(tmp_path, wrote)
    read = read_manifest(tmp_path)
    assert (read.dataset, read.split, read.root) == ("tiny", "test", "images")
    assert read.object_factor == "digit"
    assert read.factors == ["digit"]
    assert list(read.images["image_id"]) == ["a", "b"]
    assert read.texts["image_id"].isna().tolist() == [False, False, True]


def test_what_images_look_like_is_a_matter_of_the_images_alone(tmp_path):
    files = {}
    for pixels in ("", "a" * 64, "b" * 64):
        write_manifest(tmp_path / "out", replace(make(), pixels=pixels))
        assert read_manifest(tmp_path / "out").pixels == pixels
        for name in ("images", "texts"):
            files[name, pixels] = (tmp_path / "out" / f"{name}.parquet").read_bytes()
    assert len({data for (name, _), data in files.items() if name == "images"}) == 3
    assert len({data for (name, _), data in files.items() if name == "texts"}) == 1


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "message"),
    [
        ("images", 1, "image_id", "a", r"row 1 \('a'\) repeats the image_id"),
        ("texts", 1, "text_id", "t0", r"row 1 \('t0'\) repeats the text_id"),
        ("texts", 1, "kind", "poem", "has a kind not in"),
        (
            "texts",
            0,
            "image_id",
            "zzz",
            r"row 0 \('t0'\) is a caption of an image_id not in images",
        ),
        ("texts", 2, "factor", "colour", "names a factor that is no label column"),
    ],
)
def test_an_unsound_manifest_is_refused_by_row(tmp_path, table, row, column, value, message):
    manifest = make()
    getattr(manifest, table).loc[row, column] = value
    with pytest.raises(InputError, match=message):
        write_manifest(tmp_path, manifest)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_column_is_named(tmp_path):
    manifest = make()
    with pytest.raises(InputError, match=r"missing columns \['path'\]"):
        write_manifest(tmp_path, replace(manifest, images=manifest.images.drop(columns="path")))
    with pytest.raises(InputError, match=r"missing columns \['colour'\]"):
        write_manifest(tmp_path, replace(manifest, attribute_factors=("colour",)))
