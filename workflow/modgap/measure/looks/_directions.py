"""The direction of the gap of captioned images, for looks at a data set of classes."""

from modgap.formats.embeddings import Embeddings
from modgap.measure.inputs import inputs_of
from modgap.measure.one_caption import one_caption_each
from modgap.metrics.interventions import Move, fit_intervention


def captioned_move(
    intervention: str, along: tuple[Embeddings, Embeddings] | None
) -> dict[str, Move]:
    """Data set → the intervention fitted on its images and their first captions; none of None."""
    if along is None:
        return {}
    inputs = inputs_of(*along)
    move = fit_intervention(intervention, *one_caption_each(inputs))
    return {inputs.metadata["dataset"]: move}
