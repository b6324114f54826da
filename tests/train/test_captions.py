import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers.tiny_captions import captioned, captioned_manifest

from modgap.embed.tokens import tokens_of
from modgap.errors import InputError
from modgap.formats.model_folder import load_model
from modgap.formats.tables import read_table
from modgap.train.captions import CaptionData, caption_source, shifted
from modgap.train.job import train_job

CPU = torch.device("cpu")
SETTINGS = {
    "data": "tiny",
    "test_data": "held",
    "captions": "full",
    "shift": 2,
    "items": 1000,
    "epochs": 3,
    "text_rest": 0.0,
    "text_learning_rate": 1.0,
    "scale_learning_rate": 1.0,
    "loss": "clip",
    "initial_temperature": 0.07,
    "learnable_temperature": True,
    "embed_dim": 8,
    "image_tower": "test_byobnet",
    "text_width": 32,
    "text_layers": 1,
    "seed": 0,
}
TRAINING = {
    "precision": "fp32",
    "batch_size": 16,
    "learning_rate": 0.003,
    "weight_decay": 0.1,
    "warmup_steps": 2,
    "probe_items": 20,
    "probe_every": 4,
    "checkpoint_every": 0,
}


def source_of(data=None, test=None, training=None, **changed):
    data = captioned() if data is None else data
    test = captioned(30, seed=1, name="held") if test is None else test
    settings, training = SETTINGS | changed, TRAINING | (training or {})
    return caption_source(data, test, settings, training, device=CPU)


def job(folder, start=None, training=None, **changed):
    source = source_of(training=training, **changed)
    settings, training = SETTINGS | changed, TRAINING | (training or {})
    train_job(folder, folder.name, source, settings, training, device=CPU, start=start)


def texts_of(source, rng):
    """The captions that an epoch shows, by the number of their image."""
    decode = source.tokenizer._built.decode
    shown = {}
    for batch in source.epoch(rng):
        for item, ids in zip(batch.items.tolist(), batch.tokens.tolist(), strict=True):
            shown[item] = decode(ids).strip()
    return shown


def test_full_captions_are_shown_whole_with_their_own_images():
    data = captioned()
    source = source_of(data, shift=0)
    shown = texts_of(source, np.random.default_rng(0))
    assert len(shown) == 64
    assert all(shown[i] == data.captions[i][0].replace(",", "") for i in shown)
    for batch in source.epoch(np.random.default_rng(1)):
        pixels = data.pixels[batch.items.numpy()]
        back = (batch.images.permute(0, 2, 3, 1).numpy() + 1) * 127.5
        assert np.abs(back - pixels).max() < 1e-3


def test_views_are_drawn_anew_in_each_epoch_and_by_the_generator_alone():
    source, rng = source_of(captions="quarter"), np.random.default_rng(0)
    first, second = texts_of(source, rng), texts_of(source, rng)
    again = texts_of(source, np.random.default_rng(0))
    assert first == again
    changed = sum(first[i] != second[i] for i in first)
    # Each of the four words is as likely: three of four views change.
    assert 32 < changed < 62
    assert all(len(text.split()) == 1 for text in first.values())
    # Every word of a caption is shown sooner or later.
    seen = {texts_of(source, rng)[0] for _ in range(40)}
    assert seen == set(captioned().captions[0][0].replace(",", "").split())


def test_an_image_with_several_captions_shows_one_in_each_epoch():
    data = captioned(several=True)
    source, rng = source_of(data), np.random.default_rng(0)
    assert source.items == 64
    shown = [texts_of(source, rng)[0] for _ in range(20)]
    assert set(shown) == {text.replace(",", "") for text in data.captions[0]}


def test_images_without_a_caption_are_left_out_and_keep_their_numbers(caplog):
    manifest, pixels, rows = captioned_manifest()
    some = manifest.texts[~manifest.texts["image_id"].isin(["i0", "i7"])]
    data = CaptionData.of(replace(manifest, texts=some), pixels, rows)
    assert len(data) == 62
    assert "tiny: 2 of 64 images have no caption" in caplog.text
    items = {i for b in source_of(data).epoch(np.random.default_rng(0)) for i in b.items.tolist()}
    assert items <= set(range(64)) - {0, 7}
    with pytest.raises(InputError, match=r"tiny/test: no text of kind caption among its 0"):
        CaptionData.of(replace(manifest, texts=some[:0]), pixels, rows)


def test_captions_without_a_word_and_too_few_pairs_are_refused_before_training():
    data = captioned()
    marks = replace(data, captions=(("--",),) * len(data))
    with pytest.raises(InputError, match=r"tiny: captions: no word in any of 64 captions"):
        source_of(marks, captions="quarter")
    with pytest.raises(InputError, match=r"12 items do not fill one batch of 16"):
        source_of(items=12)


def test_shifts_move_each_image_and_fill_with_its_border():
    rng = np.random.default_rng(0)
    pixels = rng.integers(256, size=(50, 9, 7, 3)).astype(np.uint8)
    moved = shifted(pixels, 2, np.random.default_rng(1))
    seen = set()
    for image, other in zip(pixels, moved, strict=True):
        fits = []
        for down in range(-2, 3):
            for right in range(-2, 3):
                rows = np.clip(np.arange(9) + down, 0, 8)
                columns = np.clip(np.arange(7) + right, 0, 6)
                if np.array_equal(image[rows][:, columns], other):
                    fits.append((down, right))
        assert len(fits) == 1
        seen |= set(fits)
    assert len(seen) > 15
    assert shifted(pixels, 0, rng) is pixels


def test_a_model_of_captions_is_a_folder_that_open_clip_loads_and_embeds_unseen_words(tmp_path):
    job(tmp_path / "m")
    facts = json.loads((tmp_path / "m" / "modgap.json").read_text())["training"]
    assert (facts["items"], facts["items_left"], facts["captions"]) == (64, 64, "full")
    history = read_table(tmp_path / "m" / "history.parquet")[0].to_pandas()
    assert history["step"].max() == 3 * 64 // 16
    probed = history.dropna(subset=["entropy"])
    assert probed["step"].tolist() == [0, 4, 8, 12]
    texts = ["red bar, top side", "zebra ☃ side", "RED bar top side"]
    tokens = tokens_of(tmp_path / "m", texts)
    assert not tokens.unknown.any()
    expected = source_of().tokenizer.tokens(texts)
    assert np.array_equal(tokens.ids, expected)
    assert np.array_equal(expected[0], expected[2])
    assert not np.array_equal(expected[0], expected[1])
    model = load_model(tmp_path / "m")
    assert model.visual.image_size in (32, (32, 32))


def test_a_killed_training_goes_on_from_its_checkpoint_bit_for_bit(tmp_path, monkeypatch):
    often = {"checkpoint_every": 3}
    job(tmp_path / "a" / "m", training=often, captions="quarter")
    from modgap.train import loop

    plain, steps = loop.train_step, []

    def dies(*arguments):
        steps.append(1)
        if len(steps) == 8:
            raise KeyboardInterrupt
        return plain(*arguments)

    monkeypatch.setattr(loop, "train_step", dies)
    with pytest.raises(KeyboardInterrupt):
        job(tmp_path / "b" / "m", training=often, captions="quarter")
    monkeypatch.setattr(loop, "train_step", plain)
    assert (tmp_path / "b" / "m" / "checkpoint.safetensors").is_file()
    job(tmp_path / "b" / "m", training=often, captions="quarter")
    for name in ("open_clip_model.safetensors", "tokenizer.json"):
        one, other = ((tmp_path / x / "m" / name).read_bytes() for x in "ab")
        assert one == other


def test_a_model_starts_from_the_weights_of_another_view(tmp_path):
    job(tmp_path / "full", items=40)
    job(tmp_path / "quarter", start=tmp_path / "full", captions="quarter")
    facts = json.loads((tmp_path / "quarter" / "modgap.json").read_text())["training"]
    assert facts["from"] == "full"
    end = read_table(tmp_path / "full" / "history.parquet")[0].to_pandas().iloc[-1]
    begin = read_table(tmp_path / "quarter" / "history.parquet")[0].to_pandas().iloc[0]
    for key in ("rmg", "entropy", "temperature"):
        assert begin[key] == pytest.approx(end[key], rel=1e-5)


def test_a_start_with_another_tokenizer_is_refused(tmp_path):
    job(tmp_path / "full")
    other = captioned(name="other")
    other = replace(other, captions=tuple((text + " here now",) for (text,) in other.captions))
    source = source_of(other)
    with pytest.raises(InputError, match=r"model\.from: full has .*(vocab_size|context_length)"):
        train_job(
            tmp_path / "m", "m", source, SETTINGS, TRAINING, device=CPU, start=tmp_path / "full"
        )
