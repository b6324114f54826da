"""Which modality the name of an array or a column is of, as different tools call them."""

import re
from collections.abc import Sequence

# Words for one item of a modality.
SIDES = {
    "images": ("image", "img", "picture", "photo", "visual", "vision"),
    "texts": ("text", "txt", "caption", "cap", "sentence", "prompt", "textual"),
}
_EMBEDDINGS = ("embedding", "embed", "emb", "feature", "feat", "vector", "vec", "latent")
# Words for what goes with items and is no embedding of them.
_BESIDE = ("id", "key", "name", "file", "filename", "path", "url", "label", "mask", "logit")
_BESIDE += ("index", "idx", "length", "shape", "count")


def side_of(name: str) -> str | None:
    """The modality whose words are in a name, if it is one only.

    >>> side_of("image_embeds"), side_of("clipTextFeatures"), side_of("img_0"), side_of("x")
    ('images', 'texts', 'images', None)
    """
    words = _words(name)
    sides = [side for side, known in SIDES.items() if words & set(known)]
    return sides[0] if len(sides) == 1 else None


def meant(names: Sequence[str], name: str) -> list[str]:
    """Those of several names that may be the embeddings of a modality, the plainest ones only.

    Names of the modality that say "embedding" or the like come first, then the modality's own
    name, then those that hold a word for it, then those that say "embedding" and no modality.

    >>> meant(["img_emb", "txt_emb", "img_path", "labels"], "images")
    ['img_emb']
    >>> meant(["features", "labels", "ids"], "texts")
    ['features']
    """
    names = [known for known in names if is_vectors(known)]
    own = [known for known in names if side_of(known) == name]
    plain = [known for known in names if side_of(known) is None and says_embedding(known)]
    choices = [known for known in own if says_embedding(known)]
    return choices or [known for known in names if known == name] or own or plain


def is_vectors(name: str) -> bool:
    """Whether nothing in a name says that it is of ids, paths, labels or the like."""
    return not _words(name) & set(_BESIDE)


def says_embedding(name: str) -> bool:
    """Whether a name has a word for an embedding."""
    return bool(_words(name) & set(_EMBEDDINGS))


def _words(name: str) -> set[str]:
    """The words of a name in any case or joint, each in the singular."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", str(name))
    return {re.sub(r"(?<=.)s$", "", word.lower()) for word in words}
