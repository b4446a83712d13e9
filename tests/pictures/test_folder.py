"""A folder of pictures: in order, of the model's size, and nothing lost without a word."""

import numpy as np
import pytest
from PIL import Image
from toys import one_sentence

from helpers.errors import HelpersError
from helpers.pictures.folder import load_folder
from helpers.pictures.images import to_array


@pytest.fixture
def folder(tmp_path, rng):
    for name in ("b.png", "a.png"):
        Image.fromarray(rng.integers(0, 256, (10, 12, 3), np.uint8)).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / ".hidden.png").write_bytes(b"")
    (tmp_path / "more").mkdir()
    return tmp_path


def test_pictures_come_in_order_and_in_the_model_s_size(folder, small):
    found = load_folder(folder, small)
    assert found.names == ["a.png", "b.png"]
    assert found.pictures.shape == (2, 8, 8, 3) and found.pictures.dtype == np.float32
    for name, picture in zip(found.names, found.pictures, strict=True):
        np.testing.assert_array_equal(picture, to_array(Image.open(folder / name), small))


def test_what_is_no_picture_is_named(folder):
    assert list(load_folder(folder).left_out) == ["notes.txt"]


def test_no_more_than_asked_for(folder):
    assert load_folder(folder, most=1).names == ["a.png"]


def test_a_folder_without_pictures_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(HelpersError, match="holds 1 files and no picture") as error:
        load_folder(tmp_path)
    one_sentence(error)
    with pytest.raises(HelpersError, match="There is no folder") as error:
        load_folder(tmp_path / "away")
    one_sentence(error)
