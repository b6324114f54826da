from pathlib import Path

import pytest

from modgap.data.caption_rows import caption_columns, image_column
from modgap.errors import InputError


@pytest.mark.parametrize(
    ("header", "of_addresses"),
    [(["imageURL", "caption"], True), (["curly", "caption"], False), (["url_2", "x"], True)],
)
def test_a_table_of_addresses_is_told_from_one_without_images(header, of_addresses):
    with pytest.raises(InputError, match="no column file_name") as caught:
        image_column(Path("a.csv"), header)
    assert ("fetch them first" in str(caught.value)) == of_addresses


def test_addresses_beside_images_are_no_reason_to_fetch_them():
    with pytest.raises(InputError, match=r"no column text .*Rename the one that is meant$"):
        caption_columns(Path("a.csv"), ["image", "words", "url"])
