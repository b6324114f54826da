"""Errors found in the sources, each with a check that computes both values again."""
