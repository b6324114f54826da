"""Figures and tables of Liang et al., Mind the Gap (NeurIPS 2022)."""
