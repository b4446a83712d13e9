"""A report card is drawn with its map, its table and its doubts."""

import dataclasses

import pytest
from synthetic import colour_counter, synthetic_scenes

from helpers.display import figure_bytes, show_report_card
from helpers.evaluation import Similarity, report_card


@pytest.fixture(scope="module")
def card():
    picture = synthetic_scenes(1)[0].pictures["all"]
    return report_card(colour_counter(), picture, 0, "edge_map", noisy_copies=1, progress=False)


def test_the_card_is_drawn_with_its_table_and_doubts(card):
    figure = show_report_card(card)
    assert "does it add up?: not promised" in figure.alt and "what was learned" in figure.alt
    upper, lower = figure.subfigs
    assert upper.axes[1].get_title() == "Edge map, signed"
    assert upper.axes[2].get_ylabel() == "relative strength"
    cells = [cell.get_text().get_text() for cell in lower.axes[0].tables[0].get_celld().values()]
    assert set(cells) >= {text for row in card.rows() for text in row}
    assert figure_bytes(figure)[0]


def test_a_card_without_doubts_or_values_is_drawn(card):
    calm = dataclasses.replace(
        card, saliency_map=0 * card.saliency_map, after_all=Similarity(0, 0, 0),
        after_logits=Similarity(0, 0, 0), stability=0.0,
        best_class=card.class_name, deletion=-99.0, insertion=99.0,
    )  # fmt: skip
    assert calm.doubts() == [] and "No doubt found" in show_report_card(calm).alt
