"""Losses by name, called as open_clip calls its own."""
