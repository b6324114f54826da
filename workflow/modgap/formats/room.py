"""Room on the disk, looked at before hours are spent on what would not fit."""

import os
import shutil
from pathlib import Path

from modgap.errors import InputError


def check_room(target: str | os.PathLike, size: int) -> None:
    """Raise `InputError` if the disk of the file `target` has no room for `size` bytes.

    The folder of `target` is made.
    """
    folder = Path(target).parent
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < size:
        raise InputError(
            f"{target}: no space left on the disk for it: {size / 2**20:,.1f} MiB are needed, "
            f"{free / 2**20:,.1f} MiB are free. Make room or point the results folder elsewhere"
        )
