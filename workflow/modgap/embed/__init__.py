"""The embed stage: model folder × manifest → one embedding file of images, one of texts."""
