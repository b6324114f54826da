"""A picture of a page, taken by a browser without a window."""

import shutil
import subprocess
from pathlib import Path

from PIL import Image

from modgap.errors import InputError
from modgap.formats.files import whole_file

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_SECONDS = 60


def take_picture(page: Path, path: Path, width: int = 1280, height: int = 800) -> Path:
    """Write the top of a page, in its light colours, as a .png of few colours.

    Parameters
    ----------
    page
        An .html file.
    path
        Where the picture goes.
    width, height
        Of the window, in pixels.

    Returns
    -------
    pathlib.Path
        `path`.

    Raises
    ------
    InputError
        If there is no browser, or it takes no picture.
    """
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser is None:
        raise InputError(
            f"{path}: a picture of a page needs a browser, one of {', '.join(_BROWSERS)} "
            "(Debian: apt install chromium)"
        )
    with whole_file(path) as partial:
        command = [browser, "--headless", "--disable-gpu", "--hide-scrollbars"]
        # As root, in a container, the browser has no sandbox; the page is our own.
        command += ["--no-sandbox", f"--window-size={width},{height}"]
        command += ["--virtual-time-budget=5000", f"--screenshot={partial.absolute()}"]
        done = subprocess.run(
            [*command, page.absolute().as_uri()],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        if done.returncode != 0 or not partial.is_file():
            raise InputError(f"{path}: {browser} took no picture of {page}: {done.stderr[-500:]}")
        with Image.open(partial) as picture:
            few = picture.convert("RGB").quantize(256)
        few.save(partial, optimize=True)
    return path
