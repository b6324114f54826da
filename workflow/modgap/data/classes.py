"""Classes that the same words are said of are one class.

Two classes of ImageNet are called "missile" and two "sunglasses": their prompts tie, and by rank
both would always be missed whatever the model knows.
"""

import unicodedata
from dataclasses import replace

import pandas as pd

from modgap.data.draft import Draft, Note


def merge_classes(draft: Draft) -> Draft:
    """Return a draft in which classes of one factor with the same prompts are one class.

    Prompts are the same if they differ in nothing but case, blanks and how accents are encoded. The
    class listed first stays; images and pair prompts of the others take its label, and their own
    prompts go. Pair prompts that read alike after that are kept, as the pairs are different ones:
    they are reported.
    """
    images, texts, notes = draft.images, draft.texts, list(draft.notes)
    for factor in texts.loc[texts["kind"] == "class", "factor"].unique():
        same = _same_classes(texts, factor)
        if not same:
            continue
        notes += [_note(factor, label, first, texts) for label, first in same.items()]
        images = images.assign(**{factor: images[factor].replace(same)})
        texts = texts[~((texts["factor"] == factor) & _of_classes(texts, same))].copy()
        of_factor = texts["factor"] == factor
        texts.loc[of_factor, "label"] = texts.loc[of_factor, "label"].replace(same)
        if factor == draft.object_factor:
            texts["object"] = texts["object"].replace(same)
    pairs = texts["kind"] == "pair"
    again = pairs & texts.duplicated(["kind", "factor", "label", "object"])
    texts = texts[~again]
    notes += _alike_pairs(texts[texts["kind"] == "pair"])
    return replace(draft, images=images, texts=texts, notes=notes)


def _of_classes(texts: pd.DataFrame, labels: dict[str, str]) -> pd.Series:
    return (texts["kind"] == "class") & texts["label"].isin(list(labels))


def _same_classes(texts: pd.DataFrame, factor: str) -> dict[str, str]:
    """Label → the label listed before it that has the same prompts."""
    rows = texts[(texts["kind"] == "class") & (texts["factor"] == factor)]
    prompts = rows["text"].map(_words).groupby(rows["label"], sort=False)
    first: dict[tuple[str, ...], str] = {}
    same = {}
    for label, words in prompts:
        key = tuple(sorted(set(words)))
        if first.setdefault(key, label) != label:
            same[label] = first[key]
    return same


def _note(factor: str, label: str, first: str, texts: pd.DataFrame) -> Note:
    own = texts.loc[(texts["factor"] == factor) & _of_classes(texts, {label: first}), "text"]
    return Note(label, f"{factor} with the prompt of {first}: {own.iloc[0]!r}", "one class")


def _alike_pairs(pairs: pd.DataFrame) -> list[Note]:
    words = pairs["text"].map(_words)
    alike = words.groupby([pairs["factor"], words]).transform("size") > 1
    return [
        Note(row.text_id, f"another pair has its prompt: {row.text!r}", "kept")
        for row in pairs[alike & words.duplicated()].itertuples()
    ]


def _words(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
