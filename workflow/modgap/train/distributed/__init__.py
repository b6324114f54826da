"""Training on shards of image-caption pairs by open_clip's own trainer, on several devices."""
