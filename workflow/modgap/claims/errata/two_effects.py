"""Errors in Schrodi et al., Two Effects, One Trigger (ICLR 2025), and its code."""

import itertools

import numpy as np
import pandas as pd

from modgap.claims.errata.erratum import Erratum, Values, paired_clouds, unit


def _class_clouds(classes: int = 100, d: int = 32) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Images with their classes, and one text of each class close to its images."""
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((classes, d))
    labels = np.repeat(np.arange(classes), 4)
    images = unit(centres[labels] + 0.3 * rng.standard_normal((len(labels), d)))
    return images, labels, unit(centres + 0.3 * rng.standard_normal((classes, d)))


def kendall_on_ranks() -> Values:
    """Neighbourhood distance of 100 classes: the official function's, and the correct one."""
    from modgap.metrics.neighbours import neighbourhood_distance

    distances = neighbourhood_distance(*_class_clouds())
    return distances.published, distances.distance


def directory_order() -> Values:
    """Correct neighbourhood distance with the prompts in another order than the labels, and not."""
    from modgap.metrics.neighbours import neighbourhood_distance

    images, labels, texts = _class_clouds()
    order = np.random.default_rng(1).permutation(len(texts))
    permuted = neighbourhood_distance(images, labels, texts[order]).distance
    return permuted, neighbourhood_distance(images, labels, texts).distance


def white_colours() -> Values:
    """Different colours of a fully lit pixel among the seven, official and true."""
    from modgap.mad.colours import COLOURS, colourise

    lit = np.full((len(COLOURS), 1, 1), 255, dtype=np.uint8)
    names = np.arange(len(COLOURS))
    shown = (colourise(lit, names, official=official) for official in (True, False))
    official, true = (len(np.unique(pixels.reshape(-1, 3), axis=0)) for pixels in shown)
    return float(official), float(true)


def empty_model_list() -> Values:
    """Models that the script draws: it names two as `model` and loops over `models`."""
    script = {"model": ["ViT-B-16__openai", "ViT-B-16-SigLIP__webli"], "models": []}
    return float(len(script["models"])), float(len(script["model"]))


def zeros_averaged() -> Values:
    """Mean cosine within a cloud: of a matrix whose lower triangle is zero, and of pairs."""
    images, _ = paired_clouds()
    cosines = images @ images.T
    pairs = cosines[np.triu_indices(len(images), 1)]
    return float(np.triu(cosines, 1).mean()), float(pairs.mean())


def cosine_column() -> Values:
    """Mean cosine of ideal words with ideal images, and with images, as in the row above it."""
    rng = np.random.default_rng(0)
    attributes, objects, d = 6, 5, 32
    words = rng.standard_normal((attributes, d)), rng.standard_normal((objects, d))
    pairs = np.array(list(itertools.product(range(attributes), range(objects))) * 20)
    meaning = words[0][pairs[:, 0]] + words[1][pairs[:, 1]]
    images = unit(meaning + 2.0 * rng.standard_normal(meaning.shape))
    texts = unit(meaning + 0.5 * rng.standard_normal(meaning.shape))
    ideal = [_ideal(cloud, pairs) for cloud in (images, texts)]
    mixed = float((ideal[0] * ideal[1]).sum(axis=1).mean())
    return mixed, float((images * ideal[1]).sum(axis=1).mean())


def translated_words() -> Values:
    """Share of images whose attribute changes with the gap vector added to all words.

    As there, words being means that are added to as they are, and made unit length again.
    """
    images, words = paired_clouds()
    words = words.reshape(20, -1, words.shape[1]).mean(axis=1)
    moved = words + images.mean(axis=0) - words.mean(axis=0)
    before, after = (images @ cloud.T for cloud in (words, moved))
    unit_before, unit_after = (images @ unit(cloud).T for cloud in (words, moved))
    return tuple(
        float((one.argmax(axis=1) != other.argmax(axis=1)).mean())
        for one, other in ((before, after), (unit_before, unit_after))
    )


def object_prompts() -> Values:
    """Mean cosine with real words, attribute prompts in place of the objects', and with both."""
    rng = np.random.default_rng(0)
    attributes, objects, d = 6, 5, 32
    prompts = unit(rng.standard_normal((attributes + objects, d)))
    labels = rng.integers(attributes, size=400), rng.integers(objects, size=400)
    images = unit(prompts[labels[0]] + prompts[attributes + labels[1]])
    of_attributes, of_objects, as_printed = (
        (images * prompts[rows]).sum(axis=1).mean()
        for rows in (labels[0], attributes + labels[1], labels[1])
    )
    return float(of_attributes + as_printed) / 2, float(of_attributes + of_objects) / 2


def _ideal(cloud: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Each item as the sum of the means of its attribute and its object, unit length."""
    parts = []
    for column in pairs.T:
        sums = np.zeros((column.max() + 1, cloud.shape[1]))
        np.add.at(sums, column, cloud)
        parts.append((sums / np.bincount(column)[:, None])[column])
    return unit(sum(parts))


def empty_quarters() -> Values:
    """Share of empty quarters of a caption of one word, as cut there, and if never empty."""
    words = ["word"]
    cuts = [len(words) * part // 4 for part in range(5)]
    quarters = [words[start:stop] for start, stop in itertools.pairwise(cuts)]
    return sum(not quarter for quarter in quarters) / len(quarters), 0.0


def resumed_epochs() -> Values:
    """Epochs that ten epochs resumed after the thirtieth have, and that were meant."""
    return float(len(range(30, 10))), float(len(range(10)))


def one_sided_blocks() -> Values:
    """MOAD with the upper triangle of each block of different labels, and with all of it."""
    from modgap.metrics.bias import moad

    rng = np.random.default_rng(0)
    # Items come sorted, as a data set lists them, so that a triangle is no fair sample.
    objects, attributes = (np.sort(rng.integers(4, size=60)), rng.integers(3, size=60))
    place = np.linspace(0, 1, 60)[:, None]
    signal = np.eye(8)[objects] + 0.5 * np.eye(8)[attributes + 4] + place
    cloud = unit(signal + 0.3 * rng.standard_normal((60, 8)))
    published = _separation_of_triangles(cloud, objects) - _separation_of_triangles(
        cloud, attributes
    )
    return published, moad(cloud, objects, attributes)


def _separation_of_triangles(cloud: np.ndarray, labels: np.ndarray) -> float:
    cosines, same, different = cloud @ cloud.T, [], []
    classes = np.unique(labels)
    for one, other in itertools.product(classes, classes):
        block = cosines[np.ix_(labels == one, labels == other)]
        upper = block[np.triu_indices(block.shape[0], 1, block.shape[1])]
        (same if one == other else different).append(upper)
    return float(np.concatenate(same).mean() - np.concatenate(different).mean())


def dropped_words() -> Values:
    """Share of words kept at p = 1, where a boolean is compared with p, and if all are dropped."""
    p, draws = 1.0, np.random.default_rng(0).uniform(size=1000)
    dropped = draws < p
    return float((dropped <= p).mean()), float((~dropped).mean())


def rmg_unscaled() -> Values:
    """RMG with the numerator 1 − cos over halved parts within, and as defined."""
    from modgap.metrics.gap import rmg_variants

    variants = rmg_variants(*paired_clouds())
    return variants["unscaled_numerator_halved_intra"], variants["official"]


def rmg_diagonal() -> Values:
    """RMG of 32 pairs with each item's distance to itself counted, and as defined."""
    from modgap.metrics.gap import rmg_variants

    variants = rmg_variants(*paired_clouds(32))
    return variants["diagonal_kept"], variants["official"]


def dropped_models_counted(reference: pd.DataFrame) -> Values:
    """Models in the printed correlation, and in the panel beside it."""
    rows = reference[(reference["artifact"] == "fig3") & (reference["metric"] == "models")]
    by_stage = rows.set_index("stage")["value"]
    return float(by_stage["result files"]), float(by_stage["kept"])


def false_ties() -> Values:
    """Equal best similarities among 2,000 close texts, from half and from single precision."""
    rng = np.random.default_rng(0)
    centre = rng.standard_normal(64)
    texts = unit(centre + 0.02 * rng.standard_normal((2000, 64)))
    images = unit(centre + 0.02 * rng.standard_normal((200, 64)))
    counts = []
    for precision in (np.float16, np.float32):
        similarities = images.astype(precision) @ texts.astype(precision).T
        best = similarities.max(axis=1, keepdims=True)
        counts.append(float(((similarities == best).sum(axis=1) > 1).mean()))
    return counts[0], counts[1]


ERRATA = (
    Erratum(
        "kendall_on_ranks",
        "two_effects",
        "table2",
        "The distance of orders is given rank vectors: it compares inverse permutations.",
        "mean distance of the orders of 100 made-up classes",
        "It changes when classes are renumbered and is near chance for all but equal orders.",
        kendall_on_ranks,
    ),
    Erratum(
        "directory_order",
        "two_effects",
        "table2",
        "Prompts of ImageNet-100 follow the folder's order, labels the sorted one: where the two "
        "differ (that of the authors' disk is not known) the texts may be permuted.",
        "correct distance with and without permuted prompts",
        "Any distance may have been driven to chance.",
        directory_order,
    ),
    Erratum(
        "white_colours",
        "two_effects",
        "fig2",
        "Cyan, magenta and yellow only light two channels: lit pixels are white, as for gray.",
        "different colours of a fully lit pixel, of seven",
        "Four of seven colours differ at the rims of digits alone.",
        white_colours,
    ),
    Erratum(
        "empty_model_list",
        "two_effects",
        "fig4a",
        "The script names the models `model` and loops over `models`, which is empty.",
        "models drawn",
        "The released script draws an empty figure.",
        empty_model_list,
    ),
    Erratum(
        "zeros_averaged",
        "two_effects",
        "fig4a",
        "The printed mean cosine averages a matrix whose lower triangle was set to zero.",
        "mean cosine within a made-up cloud",
        "Printed means are half of the true ones.",
        zeros_averaged,
    ),
    Erratum(
        "cosine_column",
        "two_effects",
        "table5",
        "The cosine of real words is with test images, that of ideal words with ideal images.",
        "mean cosine of ideal words, made-up words",
        "The rise from the first row to the others is the averaging of images.",
        cosine_column,
    ),
    Erratum(
        "translated_words",
        "two_effects",
        "table5",
        "Words are not made unit length: one vector added to all adds the same to every product.",
        "share of images whose attribute changes by a translation, made-up words",
        "That translation keeps the accuracy is no finding: all rows of ideal words must agree.",
        translated_words,
    ),
    Erratum(
        "object_prompts",
        "two_effects",
        "table5",
        "The cosine of real words looks objects up among the attributes' prompts.",
        "mean cosine of real words, made-up words",
        "Half of the mean in the first row is that of images with words of something else.",
        object_prompts,
    ),
    Erratum(
        "empty_quarters",
        "two_effects",
        "fig7c",
        "A quarter of a caption of few words is empty in up to three of four draws.",
        "share of empty quarters of a caption of one word",
        "Part of the imbalance is captions that say nothing.",
        empty_quarters,
    ),
    Erratum(
        "resumed_epochs",
        "two_effects",
        "fig8",
        "The command for the learnable temperature resumes at epoch 30 of 10.",
        "epochs trained",
        "Run as written it trains nothing; how the figure was made is not recorded.",
        resumed_epochs,
    ),
    Erratum(
        "one_sided_blocks",
        "two_effects",
        "fig5a",
        "Pairs of different labels are taken from the upper triangle of each block only.",
        "MOAD of made-up embeddings in the order of their labels",
        "MOAD depends on the order of the items.",
        one_sided_blocks,
    ),
    Erratum(
        "dropped_words",
        "two_effects",
        "fig7c",
        "Dropping words compares a boolean with p: p = 1 keeps every word.",
        "share of words kept at p = 1",
        "Unused in the paper; whoever uses it drops nothing.",
        dropped_words,
    ),
    Erratum(
        "rmg_unscaled",
        "two_effects",
        "fig3",
        "Public re-implementations of RMG put 1 − cos over halved distances within.",
        "RMG of made-up pairs",
        "Their numbers compare with no published one: .853 instead of .592 on CLIP's features.",
        rmg_unscaled,
    ),
    Erratum(
        "rmg_diagonal",
        "two_effects",
        "fig7c",
        "The training log's RMG counts each item's distance to itself.",
        "RMG of 32 made-up pairs",
        "Curves over training are not on the scale of the tables; the fewer items, the farther.",
        rmg_diagonal,
    ),
    Erratum(
        "dropped_models_counted",
        "two_effects",
        "fig5b",
        "The printed correlation counts all result files, the panel shows the models kept.",
        "models",
        "The 14 dropped models, the weakest among them, lengthen the trend.",
        dropped_models_counted,
    ),
    Erratum(
        "false_ties",
        "two_effects",
        "table1",
        "Features are stored and normalised in half precision, which makes equal similarities.",
        "share of made-up queries with several best texts",
        "Recall then depends on which of equal items comes first.",
        false_ties,
    ),
)
