"""Tables made of one model's embeddings on one data set beyond its metrics, one module each.

A look is a function `look(images, texts, *, seed)` of the two embedding files of one model on one
data set; the first columns of its table are model and dataset. Modules whose name starts with an
underscore are what looks share.
"""
