"""Temperatures as the paper writes them."""

from fractions import Fraction


def temperature_text(temperature: float) -> str:
    """A temperature as a fraction of 1, as tables and keys of stated values have it.

    >>> [temperature_text(value) for value in (1.0, 0.01, 1 / 35, 0.07)]
    ['1', '1/100', '1/35', '0.07']
    """
    fraction = Fraction(temperature).limit_denominator(1000)
    if fraction.numerator == 1 and abs(float(fraction) - temperature) < 1e-9:
        return str(fraction)
    return f"{temperature:.3g}"
