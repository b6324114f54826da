"""Metrics of two clouds of embeddings: arrays in, numbers out, no files and no plots."""
