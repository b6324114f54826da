"""Types of options that several commands take."""

import argparse


def natural(text: str) -> int:
    """A whole number from 0; argparse names the option where it is not."""
    return _whole(text, 0)


def positive(text: str) -> int:
    """A whole number from 1."""
    return _whole(text, 1)


def _whole(text: str, least: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = None
    if number is None or number < least:
        raise argparse.ArgumentTypeError(f"{text!r}, expected a whole number from {least}")
    return number
