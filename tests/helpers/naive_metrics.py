"""Slow, plain versions of the metrics: full matrices and loops, written from the definitions."""

import itertools

import numpy as np


def unit(x):
    x = np.asarray(x, np.float64)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def rmg(images, texts, pairs):
    x, y = unit(images), unit(texts)
    between = np.mean([(1 - x[i] @ y[j]) / 2 for i, j in pairs])
    intra = []
    for cloud in (x, y):
        n = len(cloud)
        values = [(1 - cloud[i] @ cloud[j]) / 2 for i in range(n) for j in range(n) if i != j]
        intra.append(np.mean(values))
    return between / (between + np.mean(intra))


def separation(vectors, labels):
    x = unit(vectors)
    same, different = [], []
    for i, j in itertools.combinations(range(len(x)), 2):
        (same if labels[i] == labels[j] else different).append(x[i] @ x[j])
    return np.mean(same) - np.mean(different)


def recall(images, texts, pairs, k, groups=None):
    """Both directions; a wrong item as similar as the best right one goes before it."""
    x, y = unit(images), unit(texts)
    pairs = {tuple(pair) for pair in np.asarray(pairs).tolist()}
    if groups is not None:
        names = sorted(set(groups))
        first = [list(groups).index(name) for name in names]
        pairs = {(i, names.index(groups[j])) for i, j in pairs}
        y = y[first]
    cosines = x @ y.T
    found = []
    for table, right in ((cosines, pairs), (cosines.T, {(j, i) for i, j in pairs})):
        hits = []
        for query, row in enumerate(table):
            own = [item for q, item in right if q == query]
            if own:
                best = max(row[item] for item in own)
                wrong = [value for item, value in enumerate(row) if item not in own]
                hits.append(sum(value >= best - 1e-6 for value in wrong) < k)
        found.append(np.mean(hits))
    return found


def entropy(images, texts, scale):
    total = 0.0
    for row in scale * unit(images) @ unit(texts).T:
        p = np.exp(row - row.max())
        p /= p.sum()
        total -= sum(value * np.log(value) for value in p if value > 0)
    return total / len(images)


def uniformity(vectors):
    x = unit(vectors)
    values = [np.exp(-2 * np.sum((a - b) ** 2)) for a, b in itertools.combinations(x, 2)]
    return np.log(np.mean(values))


def cross_modal_neighbours(images, texts, k):
    x = np.concatenate([unit(images), unit(texts)])
    side = np.repeat([0, 1], [len(images), len(texts)])
    shares = []
    for i, row in enumerate(x @ x.T):
        others = [j for j in np.argsort(-row) if j != i][:k]
        shares.append(np.mean(side[others] != side[i]))
    return np.mean(shares)


def kendall_distance(first, second):
    """Share of class pairs ranked the other way round; `first`, `second`: rank of each class."""
    pairs = list(itertools.combinations(range(len(first)), 2))
    return np.mean([(first[a] - first[b]) * (second[a] - second[b]) < 0 for a, b in pairs])
