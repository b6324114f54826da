"""Interventions beyond shifts: rotations, linear maps, whitening, transport; and how far each goes.

Each function is a fit as `modgap.metrics.interventions` describes it: unit rows of calibration
clouds in, the maps of images and of texts at an amount out, 1 being the whole way.
"""

from collections.abc import Callable

import numpy as np

from modgap.errors import InputError
from modgap.metrics.maps import AffineMap
from modgap.metrics.procrustes import procrustes as rotation

Maps = tuple[AffineMap, AffineMap]
Fit = Callable[[np.ndarray, np.ndarray], Callable[[float], Maps]]


def collapse_noise(images: np.ndarray, texts: np.ndarray) -> Callable[[float], Maps]:
    """Each modality minus its own mean, and noise on the texts.

    In the manner of C3 (Zhang, Sui and Yeung, Connect, Collapse, Corrupt, ICLR 2024), which trains
    decoders on such embeddings; here the noise is as large as what centring leaves between the
    texts and images of the calibration pairs (root mean square per dimension). Needs pairs.
    """
    means = _mean(images), _mean(texts)
    left = (images - means[0]) - (texts - means[1])
    noise = float(np.sqrt(np.mean(np.square(left, dtype=np.float64))))
    return _partly(AffineMap(-means[0]), AffineMap(-means[1], noise=noise))


def procrustes(images: np.ndarray, texts: np.ndarray) -> Callable[[float], Maps]:
    """Texts turned so that they lie on their images as well as a rotation can; images stay.

    `modgap.metrics.procrustes` (Schönemann 1966; Mind the Gap, section 4.3). Needs pairs.
    """
    turn = rotation(images, texts).T
    return _partly(_stay(images), AffineMap(np.zeros(len(turn)), turn))


def whiten(images: np.ndarray, texts: np.ndarray) -> Callable[[float], Maps]:
    """Each modality to mean 0 and covariance 1, by the symmetric root of its own covariance.

    Su et al., Whitening Sentence Representations for Better Semantics and Faster Retrieval (2021),
    with the symmetric (ZCA) root, which turns the axes least (Kessy, Lewin and Strimmer, American
    Statistician 2018), and a covariance that is shrunk (Ledoit and Wolf 2004), as few items leave
    directions without variance.
    """
    maps = []
    for cloud in (images, texts):
        mean, covariance = _moments(cloud)
        values, directions = np.linalg.eigh(covariance)
        root = (directions / np.sqrt(np.maximum(values, 1e-12))) @ directions.T
        maps.append(AffineMap(-mean @ root, root))
    return _partly(*maps)


def linear_map(images: np.ndarray, texts: np.ndarray) -> Callable[[float], Maps]:
    """Texts through the linear map that predicts their images best; images stay.

    Least squares with an intercept and a ridge, whose size is chosen by leave-one-out error among
    powers of ten (scikit-learn's RidgeCV; Golub, Heath and Wahba 1979). Needs pairs.
    """
    from sklearn.linear_model import RidgeCV

    model = RidgeCV(np.logspace(-4, 3, 8)).fit(texts.astype(np.float64), images.astype(np.float64))
    return _partly(_stay(images), AffineMap(model.intercept_, model.coef_.T))


def optimal_transport(images: np.ndarray, texts: np.ndarray) -> Callable[[float], Maps]:
    """Texts transported onto the images' mean and covariance; images stay. Needs no pairs.

    The optimal map between two normal distributions (Knott and Smith 1984; Peyré and Cuturi,
    Computational Optimal Transport, 2019, remark 2.31), from POT; covariances shrunk as in
    `whiten`. A map, so that it serves items that come later, which the transport plan of Role et
    al. (2025) does not. Raises `InputError` where POT is not installed.
    """
    try:
        from ot.gaussian import bures_wasserstein_mapping
    except ImportError as error:
        raise InputError(
            "optimal_transport: needs the package POT: pip install 'modgap[transport]'"
        ) from error
    (mean_x, of_x), (mean_y, of_y) = _moments(images), _moments(texts)
    matrix, offset = bures_wasserstein_mapping(mean_y, mean_x, _varied(of_y), _varied(of_x))
    return _partly(_stay(images), AffineMap(np.ravel(offset), np.asarray(matrix)))


# The fits that need row i of images to belong to row i of texts.
PAIRED = (collapse_noise, procrustes, linear_map)


def gap_size(images: np.ndarray, texts: np.ndarray) -> float:
    """The length of the gap vector: how far a shift closes it."""
    return float(np.linalg.norm(_mean(images) - _mean(texts)))


def half_of_gap(images: np.ndarray, texts: np.ndarray) -> float:
    """The fewest dimensions that hold half of the gap's square; one is left at least."""
    squares = np.sort((_mean(images) - _mean(texts)) ** 2)[::-1]
    fewest = 1 + int(np.searchsorted(np.cumsum(squares), squares.sum() / 2))
    return float(min(fewest, len(squares) - 1))


def _partly(of_images: AffineMap, of_texts: AffineMap) -> Callable[[float], Maps]:
    return lambda amount: (of_images.partly(amount), of_texts.partly(amount))


def _stay(cloud: np.ndarray) -> AffineMap:
    return AffineMap(np.zeros(cloud.shape[1]))


def _mean(cloud: np.ndarray) -> np.ndarray:
    return cloud.mean(axis=0, dtype=np.float64)


def _moments(cloud: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.covariance import ledoit_wolf

    return _mean(cloud), ledoit_wolf(cloud.astype(np.float64))[0]


def _varied(covariance: np.ndarray) -> np.ndarray:
    """The covariance, with some variance in directions that have none: of two rows, none shrinks.

    It has no inverse else, which transport needs.
    """
    least = max(1e-6 * np.trace(covariance) / len(covariance), 1e-12)
    lacking = least - np.linalg.eigvalsh(covariance)[0]
    return covariance + max(lacking, 0.0) * np.eye(len(covariance))
