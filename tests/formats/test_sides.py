import pytest

from modgap.formats.sides import meant, side_of


@pytest.mark.parametrize(
    ("names", "images", "texts"),
    [
        (["images", "texts"], ["images"], ["texts"]),
        (["images", "image_features", "texts"], ["image_features"], ["texts"]),
        (["logits_per_image", "image_embeds", "text_embeds"], ["image_embeds"], ["text_embeds"]),
        (["captions", "text_features"], [], ["text_features"]),
        (["embedding", "labels"], ["embedding"], ["embedding"]),
        (["a", "b"], [], []),
    ],
)
def test_the_plainest_name_is_meant(names, images, texts):
    assert (meant(names, "images"), meant(names, "texts")) == (images, texts)


def test_a_name_of_both_or_neither_is_of_no_modality():
    assert side_of("image_text_similarity") is side_of("context") is side_of("imagery") is None
