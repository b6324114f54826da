"""Figures: numbers in, the frame that the figure shows and the figure itself out."""
