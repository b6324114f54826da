import pickle

import pytest
import torch
from helpers.tiny_layouts import save_compositions

from modgap.data.compositions import compositions
from modgap.errors import InputError

METADATA = "metadata_compositional-split-natural.t7"


@pytest.mark.parametrize("separator", ["_", " "])
def test_the_test_split_and_all_prompts(tmp_path, separator):
    draft = compositions(save_compositions(tmp_path, separator), "test")
    assert draft.images["attribute"].tolist() == ["Faux.Fur"] * 2 + ["Leather"] * 2
    assert set(draft.images["object"]) == {"Sandals"}
    assert all((tmp_path / path).is_file() for path in draft.images["path"])
    assert draft.images["image_id"][0] == "Faux.Fur_Sandals/test.1.jpg"
    assert (draft.object_factor, draft.attribute_factors) == ("object", ("attribute",))
    assert draft.texts["text"].tolist() == [
        "an image of a faux fur object",
        "an image of a leather object",
        "image of a ankle boots",
        "image of a sandals",
        "an image of a faux fur ankle boots",
        "an image of a faux fur sandals",
        "an image of a leather ankle boots",
        "an image of a leather sandals",
    ]
    assert draft.texts["kind"].tolist() == ["class"] * 4 + ["pair"] * 4
    assert draft.texts["factor"].tolist() == ["attribute"] * 2 + ["object"] * 2 + ["attribute"] * 4
    last = draft.texts.iloc[-1]
    assert (last["label"], last["object"]) == ("Leather", "Sandals")


def test_the_other_splits(tmp_path):
    folder = save_compositions(tmp_path)
    assert len(compositions(folder, "train").images) == 4
    assert len(compositions(folder, "val").images) == 2
    with pytest.raises(InputError, match=r"no image of split 'valid'; expected train, val or test"):
        compositions(folder, "valid")


class _Attack:
    def __reduce__(self):
        return print, ("code from a data file ran",)


@pytest.mark.parametrize("legacy", [False, True])
def test_a_file_with_code_is_refused_without_running_it(tmp_path, capsys, legacy):
    folder = save_compositions(tmp_path)
    torch.save([{"image": _Attack()}], folder / METADATA, _use_new_zipfile_serialization=not legacy)
    with pytest.raises(InputError, match="not a list of plain records"):
        compositions(folder, "test")
    (folder / METADATA).write_bytes(pickle.dumps([_Attack()], protocol=2))
    with pytest.raises(InputError, match="not a list of plain records"):
        compositions(folder, "test")
    assert "ran" not in capsys.readouterr().out


def test_the_format_of_older_torch_is_read_too(tmp_path):
    folder = save_compositions(tmp_path)
    records = torch.load(folder / METADATA, weights_only=True)
    torch.save(records, folder / METADATA, _use_new_zipfile_serialization=False)
    assert len(compositions(folder, "test").images) == 4


def test_missing_files_and_keys_are_named(tmp_path):
    folder = save_compositions(tmp_path)
    torch.save([{"image": "a/b"}], folder / METADATA)
    with pytest.raises(InputError, match=r"t7: records without \['attr', 'obj', 'set'\]"):
        compositions(folder, "test")
    (folder / METADATA).unlink()
    with pytest.raises(InputError, match=r"t7: no such file; unpack"):
        compositions(folder, "test")
    pairs = folder / "compositional-split-natural" / "val_pairs.txt"
    pairs.write_text("Leather Boots Ankle\n")
    with pytest.raises(InputError, match=r"val_pairs\.txt: line 1: expected an attribute"):
        compositions(folder, "test")
    pairs.unlink()
    with pytest.raises(InputError, match=r"val_pairs\.txt: no such file"):
        compositions(folder, "test")
