"""Which of several arrays or columns that may be embeddings is meant, by their names."""

import re
from collections.abc import Sequence

from modgap.formats.sides import SIDES, is_vectors, meant, says_embedding, side_of


def best(names: Sequence[str], name: str) -> list[str]:
    """Those of several names that may be meant; one where the names decide.

    A name that says "embedding" or the like, or the modality and nothing else, goes before others.

    >>> best(["image_hist", "emb_0"], "images"), best(["bbox", "clip"], "images")
    (['emb_0'], ['bbox', 'clip'])

    Parameters
    ----------
    names
        Of arrays or columns that may be embeddings by what they hold.
    name
        "images" or "texts"; "" for a cloud of any kind.
    """
    own = meant(names, name)
    if len(own) == 1 and says_vectors(own[0], name):
        return own
    sides = (None, name) if name in SIDES else (None, *SIDES)
    embeddings = [known for known in names if says_embedding(known) and is_vectors(known)]
    embeddings = [known for known in embeddings if side_of(known) in sides]
    return embeddings or (own if len(own) == 1 else list(names))


def says_vectors(known: str, name: str) -> bool:
    """Whether a name says "embedding" or the like, or nothing but the modality `name`."""
    plain = re.sub(r"[^a-z]", "", str(known).lower()).removesuffix("s")
    return says_embedding(known) or plain in SIDES.get(name, ())
