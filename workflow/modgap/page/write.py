"""The page on disk: one file that opens anywhere, with no network."""

from functools import cache
from pathlib import Path

import jinja2
import vl_convert
from markupsafe import Markup

from modgap.formats.files import write_text
from modgap.page.board import SIGNS, counts
from modgap.page.contents import page_contents
from modgap.page.scatter import scatter_points, scatter_spec
from modgap.study.results import SHEETS, read_study

TEMPLATES = Path(__file__).parent / "templates"
PAGE = "index.html"


def write_page(results: Path, path: Path | None = None) -> Path:
    """Write the page of a results folder, whole or not at all.

    Parameters
    ----------
    results
        The folder. What it lacks is named on the page.
    path
        Where to write: index.html in that folder by default, beside what the page links to.

    Returns
    -------
    pathlib.Path
        Where it stands.

    Raises
    ------
    InputError
        If the folder holds no study.
    """
    study = read_study(results)
    points = scatter_points(study, results)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        # Everything that comes from data is escaped, whatever its file is called.
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    contents = page_contents(study, results, SHEETS)
    html = environment.get_template("page.html").render(
        page=contents,
        counts=counts(contents.claims),
        signs=SIGNS,
        again=any(claim.again for claim in contents.claims),
        spec=scatter_spec(points) if len(points) else None,
        style=_own("page.css"),
        script=_own("page.js"),
        vega=_vega() if len(points) else "",
    )
    target = path or results / PAGE
    write_text(target, html)
    return target


@cache
def _vega() -> Markup:
    """The JavaScript that draws Vega-Lite charts."""
    return Markup(vl_convert.javascript_bundle())


def _own(name: str) -> Markup:
    """A file of this package's own, which goes into the page as it is."""
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))
