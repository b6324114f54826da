"""The train stage: MAD pixels and captions in, an open_clip model folder out."""
