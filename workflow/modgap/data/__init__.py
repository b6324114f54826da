"""Data sets: raw files to manifests."""
