"""What stages hand on to each other: files, arrays, tables, manifests, embeddings, models."""
