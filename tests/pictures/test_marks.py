"""Marks: ink where the strokes are, the same ink in the controls, and nothing elsewhere."""

import numpy as np
import pytest
from toys import one_sentence

from helpers.errors import HelpersError
from helpers.pictures.marks import CHINESE, LATIN, draw_mark, put_mark, shuffled_mark


@pytest.mark.parametrize("text", [CHINESE, LATIN])
def test_a_mark_has_rows_and_strokes(text):
    mark = draw_mark(text, size=40, columns=4)
    assert mark.shape == (88, 176) and mark.dtype == np.float32
    assert mark.min() == 0 and mark.max() == 1
    assert 0.1 < mark.mean() < 0.4


def test_every_character_has_a_look_of_its_own():
    looks = {draw_mark(c, size=20, columns=1).tobytes() for c in CHINESE + LATIN}
    assert len(looks) == len(CHINESE + LATIN)


def test_strokes_lie_where_they_were_drawn():
    mark = draw_mark("H", size=100, columns=1)
    assert mark[20:80, 10:14].min() == 1 and mark[48:52, 20:80].min() == 1
    assert mark[20:40, 30:70].max() == 0


def test_shuffled_ink_is_as_much_ink():
    mark = draw_mark()
    shuffled = shuffled_mark(mark)
    np.testing.assert_array_equal(np.sort(shuffled, axis=None), np.sort(mark, axis=None))
    assert abs(np.corrcoef(mark.ravel(), shuffled.ravel())[0, 1]) < 0.05


def test_shuffled_pieces_stay_whole():
    mark = draw_mark()
    shuffled = shuffled_mark(mark, side=22)

    def pieces(one):
        return sorted(
            one[y : y + 22, x : x + 22].tobytes()
            for y in (0, 22, 44, 66)
            for x in range(0, 176, 22)
        )

    assert pieces(shuffled) == pieces(mark) and not np.array_equal(shuffled, mark)


@pytest.mark.parametrize("side", [0, 1.5, 25])
def test_pieces_that_do_not_fill_the_mark_are_refused(side):
    with pytest.raises(HelpersError) as error:
        shuffled_mark(draw_mark(), side=side)
    one_sentence(error)


def test_a_mark_lightens_by_its_ink_and_opacity(rng):
    picture = rng.uniform(0, 255, (100, 200, 3)).astype(np.float32)
    given, mark = picture.copy(), draw_mark()
    marked = put_mark(picture, mark, (5, 10), opacity=0.3)
    expected = given.copy()
    alpha = 0.3 * mark[..., None]
    expected[5:93, 10:186] = (1 - alpha) * given[5:93, 10:186] + alpha * 255
    np.testing.assert_allclose(marked, expected, atol=1e-3)
    np.testing.assert_array_equal(picture, given)


@pytest.mark.parametrize(
    ("corner", "opacity", "words"),
    [((-1, 0), 0.5, "leaves the picture"), ((20, 30), 0.5, "leaves the picture"),
     ((0, 0), 1.5, "opacity is a number from 0 to 1")],
)  # fmt: skip
def test_a_mark_out_of_place_is_refused(corner, opacity, words):
    with pytest.raises(HelpersError, match=words) as error:
        put_mark(np.zeros((100, 200, 3)), draw_mark(), corner, opacity=opacity)
    one_sentence(error)


@pytest.mark.parametrize("text", ["é", "", "中é"])
def test_a_character_without_strokes_is_refused(text):
    with pytest.raises(HelpersError, match="A mark is written with") as error:
        draw_mark(text)
    one_sentence(error)
