"""Tables made of one model's embeddings on one data set beyond its metrics."""
