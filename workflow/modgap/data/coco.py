"""COCO Captions: val2017/*.jpg and annotations/captions_val2017.json."""

import json
from pathlib import Path

from modgap.data.draft import Draft, Problem, captions_table, images_table
from modgap.errors import InputError

CAPTIONS_PER_IMAGE = 5


def coco_captions(folder: Path, split: str) -> Draft:
    """COCO's images with their first five captions, in the order of the annotation file.

    The text is the paper's: "a photo of " and the caption with its first letter lower-cased
    (Schrodi et al. 2025, official code); images by id, as the official loader has them. `split` is
    "val2017" or "train2017". An image of the folder that the file does not list is reported.
    """
    path = _annotations(folder, split)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        listed = sorted(data["images"], key=lambda image: image["id"])
        names = {image["id"]: image["file_name"] for image in listed}
        captions = [(note["image_id"], note["id"], note["caption"]) for note in data["annotations"]]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: not a COCO caption file ({error!r}); expected JSON with images (id, "
            "file_name) and annotations (id, image_id, caption)"
        ) from error
    kept: dict[int, list[tuple[str, str]]] = {}
    for image, note, caption in captions:
        own = kept.setdefault(image, [])
        if len(own) < CAPTIONS_PER_IMAGE:
            own.append((str(note), _prompt(caption)))
    order = [*names, *(image for image in kept if image not in names)]
    rows = [(note, text, str(image)) for image in order for note, text in kept.get(image, [])]
    ids, texts, owners = zip(*rows, strict=True) if rows else ((), (), ())
    images = images_table(
        [str(image["id"]) for image in listed],
        [f"{split}/{image['file_name']}" for image in listed],
    )
    draft = Draft(folder, images, captions_table(ids, texts, owners))
    unlisted = {file.name for file in (folder / split).glob("*.jpg")} - set(names.values())
    draft.problems += [
        Problem(f"{split}/{name}", f"image that {path.name} does not list")
        for name in sorted(unlisted)
    ]
    return draft


def _annotations(folder: Path, split: str) -> Path:
    name = f"captions_{split}.json"
    places = [folder / "annotations" / name, folder / name]
    for path in places:
        if path.is_file():
            return path
    raise InputError(f"{places[0]}: no such file; unpack annotations_trainval2017.zip in {folder}")


def _prompt(caption: str) -> str:
    caption = caption.strip()
    return f"a photo of {caption[:1].lower()}{caption[1:]}"
