"""Figures and tables, one module each."""
