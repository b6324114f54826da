"""The modality gap in vision-language models: metrics, and the study that rebuilds two papers.

`from modgap import rmg` gives the metrics themselves; they are loaded on first use, so that
importing the package costs nothing.
"""

import lazy_loader

# `modgap.gap` is the function, not the module of its name.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "errors": ["InputError"],
        "metrics.gap": ["Gap", "cosine_shift", "gap", "l2i", "l2m", "rmg", "rmg_variants"],
        "metrics.bias": ["moad", "separations"],
        "metrics.retrieval": ["Recall", "recall_at_k"],
        "metrics.zero_shot": ["changed_answers", "zero_shot_accuracy"],
        "metrics.entropy": ["logit_entropy"],
        "metrics.neighbours": [
            "Neighbourhood",
            "cross_modal_neighbours",
            "neighbourhood_distance",
        ],
        "metrics.dimensions": ["GapDimensions", "gap_dimensions"],
        "metrics.geometry": ["alignment", "effective_rank", "similarity_spread", "uniformity"],
        "metrics.separability": ["linear_separability"],
        "metrics.margins": ["Margins", "margins"],
        "metrics.subspaces": ["frechet_distance", "gap_cosine", "subspace_angles"],
        "metrics.mixed": ["MixedRetrieval", "in_modality_recall", "mixed_retrieval"],
        "metrics.clusters": ["cluster_v_measure"],
    },
)
