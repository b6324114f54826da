"""Figures and tables of Schrodi et al., Two Effects, One Trigger (ICLR 2025)."""
