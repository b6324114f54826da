"""Do clusters of the embeddings agree with labels?"""

import warnings
from typing import Any

import numpy as np

from modgap.errors import InputError
from modgap.metrics.blocks import to_numpy
from modgap.metrics.checks import check_codes, embeddings
from modgap.metrics.rows import unit_rows


def cluster_v_measure(vectors: Any, labels: Any, seed: int = 0) -> float:
    """V-measure of k-means clusters of the unit embeddings against labels.

    As many clusters as labels; the best of ten starts. Give images and texts one after the other,
    with their labels, to see whether clusters follow the labels or the modality.

    Parameters
    ----------
    vectors
        (N, d); rows are made unit length.
    labels
        (N,) labels, numbers or strings.
    seed
        Of the starts; the result repeats with it.

    Returns
    -------
    float
        In [0, 1]: the harmonic mean of homogeneity and completeness. Clusters that have nothing to
        do with the labels are above 0 in small samples.

    Raises
    ------
    InputError
        For labels of the wrong length or missing, fewer than two labels, rows that are not finite
        or are zero.

    References
    ----------
    Rosenberg and Hirschberg, V-Measure (EMNLP 2007), β = 1.

    Examples
    --------
    >>> cluster_v_measure([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]], ["a", "a", "b", "b"])
    1.0
    """
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.metrics import v_measure_score

    vectors = embeddings(vectors, "vectors")
    codes = check_codes(labels, len(vectors), "labels")
    classes = len(np.unique(codes))
    if classes < 2:
        raise InputError("labels: all items have one label; expected at least two classes")
    unit = to_numpy(unit_rows(vectors, "vectors"))
    with warnings.catch_warnings():
        # Fewer distinct rows than labels make fewer clusters: nothing is wrong with them.
        warnings.simplefilter("ignore", ConvergenceWarning)
        clusters = KMeans(classes, n_init=10, random_state=seed).fit_predict(unit)
    return float(v_measure_score(codes, clusters))
