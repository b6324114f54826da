"""What MAD's images and captions tell of each other, in bits: known exactly, as nothing is guessed.

An image shows the values of the factors that are not hidden, a caption names the values of some
factors. Which ones, and in what order, is drawn without looking at the image; so is the value of
each factor. Mutual information is then a sum over factors.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import comb, factorial, log2

import numpy as np

from modgap.mad.captions import FACTORS, VALUES, CaptionSpec

# Images of each digit among MNIST's 60,000 training images.
_DIGITS = (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949)


@dataclass(frozen=True)
class Information:
    """Bits about MAD's factors in an image and its caption.

    Attributes
    ----------
    shared : float
        Mutual information of image and caption.
    image_only : float
        What the image shows and the caption leaves open, on average.
    caption_only : float
        What the caption names and the image does not show, on average.
    wording : float
        Entropy of the choice of factors and of their order, which tells nothing of the image.
    """

    shared: float
    image_only: float
    caption_only: float
    wording: float

    @property
    def image(self) -> float:
        """Entropy of what an image shows."""
        return self.shared + self.image_only

    @property
    def caption(self) -> float:
        """Entropy of captions."""
        return self.shared + self.caption_only + self.wording


def entropy(frequencies: Collection[float]) -> float:
    """Entropy in bits of a distribution that is given by frequencies, which need not sum to 1.

    Examples
    --------
    >>> entropy([1, 1, 1, 1]), entropy([5])
    (2.0, 0.0)
    """
    shares = np.asarray(frequencies, dtype=np.float64)
    shares = shares[shares > 0] / shares.sum()
    return float(-(shares * np.log2(shares)).sum()) + 0.0


def factor_bits() -> dict[str, float]:
    """Entropy in bits of each factor in MAD: digits as in MNIST, all other values alike."""
    bits = {factor: log2(len(values)) for factor, values in VALUES.items()}
    return bits | {"digit": entropy(_DIGITS)}


def information(
    captions: CaptionSpec, hidden: Collection[str] = (), bits: Mapping[str, float] | None = None
) -> Information:
    """What images without `hidden` factors and captions of one kind tell of each other.

    With N the factors that a caption names and h a factor's entropy, I(image; caption) =
    Σ P(f ∈ N) h(f) over the factors f that images show.

    Parameters
    ----------
    captions
        The kind of captions.
    hidden
        Factors that images do not show.
    bits
        Factor → entropy in bits; by default `factor_bits`.

    Returns
    -------
    Information

    References
    ----------
    Cover and Thomas, Elements of Information Theory (2006), section 2.5 (chain rules).

    Examples
    --------
    >>> found = information(CaptionSpec("digit", 1))
    >>> round(found.image_only, 2), found.caption_only
    (5.91, 0)
    """
    bits = factor_bits() if bits is None else bits
    others, named = len(captions.nameable), captions.named
    shares = dict.fromkeys(captions.nameable, named / max(others, 1))
    shares[captions.main_factor] = 1.0
    shown = [factor for factor in FACTORS if factor not in hidden]
    named_bits = {factor: shares.get(factor, 0.0) * bits[factor] for factor in FACTORS}
    shared = sum(named_bits[factor] for factor in shown)
    return Information(
        shared=shared,
        image_only=sum(bits[factor] for factor in shown) - shared,
        caption_only=sum(named_bits[factor] for factor in hidden),
        wording=log2(comb(others, named)) + log2(factorial(named + 1)),
    )
