"""A model folder as open_clip itself reads it, whose configuration an editor may have marked."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from modgap.formats.folder_files import CONFIG
from modgap.formats.text import read_text


@contextmanager
def readable_config(folder: Path) -> Iterator[Path]:
    """Yield a model folder or, where open_clip fails on a byte order mark, one of links to it.

    The latter has the same configuration in plain UTF-8, and is gone behind the block.
    """
    if _is_plain(folder / CONFIG):
        yield folder
        return
    with tempfile.TemporaryDirectory() as made:
        view = Path(made)
        for path in folder.absolute().iterdir():
            if path.name != CONFIG:
                (view / path.name).symlink_to(path)
        (view / CONFIG).write_text(read_text(folder / CONFIG), encoding="utf-8")
        yield view


def _is_plain(path: Path) -> bool:
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return True
