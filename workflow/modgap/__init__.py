"""The modality gap in vision-language models: metrics, and the study that rebuilds two papers.

`from modgap import rmg` gives the metrics themselves; they are loaded on first use, so that
importing the package costs nothing.
"""

import importlib

_HOMES = {
    "gap": ("Gap", "cosine_shift", "gap", "l2i", "l2m", "rmg", "rmg_variants"),
    "bias": ("moad", "separations"),
    "retrieval": ("Recall", "recall_at_k"),
    "zero_shot": ("zero_shot_accuracy",),
    "entropy": ("logit_entropy",),
    "neighbours": ("Neighbourhood", "cross_modal_neighbours", "neighbourhood_distance"),
    "dimensions": ("GapDimensions", "gap_dimensions"),
    "geometry": ("alignment", "effective_rank", "similarity_spread", "uniformity"),
    "separability": ("linear_separability",),
    "margins": ("Margins", "margins"),
    "subspaces": ("frechet_distance", "subspace_angles"),
    "mixed": ("MixedRetrieval", "in_modality_recall", "mixed_retrieval"),
    "clusters": ("cluster_v_measure",),
}
_MODULE_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = ["InputError", *sorted(_MODULE_OF)]


def __getattr__(name: str) -> object:
    if name == "InputError":
        from modgap.errors import InputError

        return InputError
    # Looked up on first use (PEP 562): `modgap.gap` is the function, not the module of its name.
    if name in _MODULE_OF:
        value = getattr(importlib.import_module(f"modgap.metrics.{_MODULE_OF[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'modgap' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
