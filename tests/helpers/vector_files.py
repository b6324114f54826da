"""Rows to be written to files of embeddings in every way, and read again."""

import numpy as np
import pandas as pd

from modgap.formats.vectors import read_vectors

N, D = 12, 5
ROWS = np.random.default_rng(0).normal(size=(N, D)).astype(np.float32)
LISTS = ROWS.tolist()
IDS = [f"i{row}" for row in range(N)]


def frame(names):
    return pd.DataFrame(ROWS, columns=names, index=IDS)


def read(path, name="texts"):
    return read_vectors(path, name).vectors


def unit(rows):
    return rows / np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
