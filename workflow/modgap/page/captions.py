"""Captions of artifacts, as the report's .rst files have them, for a page: HTML and alt text."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from docutils.core import publish_doctree, publish_parts
from markupsafe import Markup

from modgap.errors import InputError

_SETTINGS = {
    "raw_enabled": False,
    "file_insertion_enabled": False,
    "report_level": 4,
    "halt_level": 4,
}


@dataclass(frozen=True)
class Caption:
    """`html`: paragraphs; `alt`: its first sentence as plain text."""

    html: Markup
    alt: str


def read_caption(path: Path, config: dict[str, Any]) -> Caption:
    """The caption in a file of workflow/report.

    Parameters
    ----------
    path
        The .rst file, a template as Snakemake's report fills it. What the models stand for
        (`snakemake.params.stands_for`) is left out: it comes from a configuration, and a page shows
        it as plain text.
    config
        The study's whole configuration, `snakemake.config` in the template; its confidence is
        there as `snakemake.params.confidence` too.

    Raises
    ------
    InputError
        Naming the file, if it is missing or needs something else.
    """
    try:
        template = jinja2.Template(
            path.read_text(encoding="utf-8"), undefined=jinja2.StrictUndefined
        )
        params = {"stands_for": "", "confidence": config["statistics"]["confidence"]}
        text = template.render(snakemake={"config": config, "params": params})
    except (OSError, jinja2.TemplateError) as error:
        raise InputError(f"{path}: no caption ({error})") from error
    html = publish_parts(text, writer="html5", settings_overrides=_SETTINGS)["body"]
    plain = publish_doctree(text, settings_overrides=_SETTINGS).astext()
    return Caption(Markup(html), first_sentence(plain))


def first_sentence(text: str) -> str:
    """The first sentence of a text, on one line.

    Examples
    --------
    >>> first_sentence("The gap\\nby group (cf. fig. 3). And more.")
    'The gap by group (cf. fig. 3).'
    """
    line = re.sub(r"\s+", " ", text).strip()
    return re.split(r"(?<=[.:])\s+(?=[A-Z])", line, maxsplit=1)[0]
