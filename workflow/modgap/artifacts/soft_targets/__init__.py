"""Artifacts about closing the gap: soft targets, their controls and every other closer."""
