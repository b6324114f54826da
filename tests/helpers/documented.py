"""Every command that the documentation shows, and why some are not run by tests."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "config" / "README.md"]
_PROGRAMS = r"(?:snakemake|modgap|pip|pytest|python3?|sbatch)\b"
_FENCED = re.compile(r"^ *```(?:ba)?(?:sh)?\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
_ANY_FENCE = re.compile(r"^ *```.*?^ *```", re.DOTALL | re.MULTILINE)
_LINE = re.compile(rf"^ *({_PROGRAMS} .*?) *(?:#.*)?$", re.MULTILINE)
_INLINE = re.compile(rf"`({_PROGRAMS} [^`]+)`")
# Start of a command → why no test runs it.
NOT_RUN = {
    "pip install": "makes an environment; .ci/run does",
    "python3 -m venv": "makes an environment; .ci/run does",
    "pytest": "is what runs this",
    "snakemake -n --profile profiles/slurm": "tests/slurm plans it where there is a SLURM",
    "snakemake --profile profiles/slurm": "tests/slurm runs it where there is a SLURM",
    "python -m modgap.study.config": "tests/study/test_config.py compares its output",
    "snakemake --cores all --configfile mine.yaml": "a file of the reader's; test_docs.py reads it",
    "python benchmarks/extract.py": "its figures are of a GPU",
}


def commands(page: Path) -> list[str]:
    """The commands of a page, in its blocks of shell, indented lines and running text."""
    text = page.read_text(encoding="utf-8")
    blocks = "\n".join(_FENCED.findall(text))
    rest = _ANY_FENCE.sub("", text)
    indented = "\n".join(line for line in rest.splitlines() if line.startswith("    "))
    lines = _LINE.findall(blocks) + _LINE.findall(indented) + _INLINE.findall(rest)
    return [part.strip() for line in lines for part in line.split(" && ")]


def is_pattern(command: str) -> bool:
    """Whether it is a bare name, or has a place to fill in: …, <artifact>, FILE."""
    return len(command.split()) < 3 or bool(re.search(r"…|<\w+>|\b[A-Z]{3,}\b(?!\.)", command))


def documented(program: str) -> list[str]:
    """The commands of one program that tests run, each once."""
    every = dict.fromkeys(command for page in PAGES for command in commands(page))
    return [
        command
        for command in every
        if command.startswith(f"{program} ")
        and not is_pattern(command)
        and not command.startswith(tuple(NOT_RUN))
    ]


def links(page: Path) -> list[str]:
    """Where the links and pictures of a page lead, its code left out."""
    text = page.read_text(encoding="utf-8")
    text = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    return re.findall(r"\]\(([^)\s]+)[^)]*\)", text)


def headings(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
