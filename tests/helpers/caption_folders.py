"""Folders of images with lists of captions, and what of them a data set keeps."""

from pathlib import Path

from helpers.tiny_layouts import save_image

from modgap.data.audit import audit
from modgap.data.caption_folder import caption_folder


def captioned(folder: Path, *images: str, **files: str) -> Path:
    """Images and text files; "__" in a keyword stands for "/", "_dot_" for a dot."""
    for number, name in enumerate(images):
        save_image(folder / name, seed=number)
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def audited(folder: Path, split: str, **known: int) -> tuple[list[tuple], list[tuple]]:
    """(image, caption) of what is kept, and (item, problem, action) of what is not as it was."""
    draft = caption_folder(folder, split)
    clean = audit(draft, folder.parent / "report.tsv", "pets", skip_bad=True, **known)
    lines = (folder.parent / "report.tsv").read_text().splitlines()[1:]
    pairs = list(zip(clean.texts["image_id"], clean.texts["text"], strict=True))
    assert all((folder / path).is_file() for path in clean.images["path"])
    return pairs, [tuple(line.split("\t")) for line in lines]
