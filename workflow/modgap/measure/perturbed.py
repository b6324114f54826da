"""How steady zero-shot answers are when embeddings are perturbed, as a row of the metric table."""

import numpy as np

from modgap.measure.bootstrap import bootstrap, mean_part
from modgap.measure.inputs import Inputs
from modgap.measure.rows import row
from modgap.measure.zero_shot import OBJECT
from modgap.metrics.checks import UnitRows
from modgap.metrics.zero_shot import changed_answers

_KEY = f"changed_answers:{OBJECT}", "both"
# At most this many images, as for the measures of mixing.
_MOST = 5000


def perturbed_rows(
    inputs: Inputs, images: UnitRows, *, seed: int, resamples: int, confidence: float
) -> list[dict]:
    """`changed_answers:object`: the share of answers that noise of length 0.1 on an image changes.

    Answers are the objects' class prompts, the noise is the same for every seed; the interval is a
    bootstrap over images. No row where the objects have no prompts.
    """
    prompts = inputs.classes.get(inputs.object_factor)
    if prompts is None:
        return []
    drawn = np.sort(np.random.default_rng(seed).permutation(len(inputs.images))[:_MOST])
    changed = changed_answers(images.select(drawn), prompts.vectors)
    part = mean_part(_KEY, changed)
    bounds = bootstrap(len(drawn), [part], resamples=resamples, seed=seed, confidence=confidence)
    return [row(_KEY, float(changed.mean()), len(drawn), bounds[_KEY])]
