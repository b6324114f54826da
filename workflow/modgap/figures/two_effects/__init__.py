"""Figures of Two Effects, One Trigger."""
