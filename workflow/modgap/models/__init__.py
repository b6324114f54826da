"""Declared models → model folders that open_clip loads, and what each model is."""
