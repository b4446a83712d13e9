"""Numbers of the long runs beside what the controls get: who leads them, and with which fill."""

from typing import NamedTuple

from helpers.errors import HelpersError
from helpers.evaluation.intervals import Estimate
from helpers.evaluation.league import (
    ViewNumbers,
    average_views,
    compare_views,
    is_control,
    stored_numbers,
)

__all__ = ["Lead", "fill_preferences", "stored_leads"]


class Lead(NamedTuple):
    """What a method gets, and by how much that is better than what the best control gets.

    `lead` is paired by view, and above 0 where the method is better; `control` is the one with
    the smallest such difference.
    """

    mean: Estimate
    lead: Estimate
    control: str


def stored_leads(
    part: str, column: str, network: str, *, lower_is_better: bool = False, **chosen
) -> dict[str, Lead]:
    """Hold every method of a stored table against the control that is hardest to beat.

    Parameters
    ----------
    part, column, network, **chosen
        As for `stored_numbers`.
    lower_is_better : bool
        Whether a small number is a good one.

    Returns
    -------
    dict of str to Lead
        From every method that is no control.

    Raises
    ------
    HelpersError
        When there is no such table, or no control in it.
    """
    numbers = stored_numbers(part, column, network, **chosen)
    controls = [name for name in numbers if is_control(name, network)]
    if not controls:
        raise HelpersError(f"The stored table {part!r} of {network!r} holds no control.")
    return {
        name: _lead(mine, {c: numbers[c] for c in controls}, -1 if lower_is_better else 1)
        for name, mine in numbers.items()
        if name not in controls
    }


def fill_preferences(
    network: str, first: str = "black", second: str = "mean"
) -> dict[str, ViewNumbers]:
    """Tell by how much more a method gains by deletion with one fill than with another.

    Parameters
    ----------
    network : str
        As for `load_results`.
    first, second : str
        Fills of the table "curves".

    Returns
    -------
    dict of str to dict
        Method -> (scene, view) -> logits: gain over the same method's maps of other pictures with
        the first fill, minus the one with the second.
    """
    gains = [_gains(network, fill) for fill in (first, second)]
    return {
        name: {view: gain - gains[1][name][view] for view, gain in mine.items()}
        for name, mine in gains[0].items()
    }


def _lead(mine: ViewNumbers, controls: dict[str, ViewNumbers], sign: int) -> Lead:
    def signed(numbers: ViewNumbers) -> ViewNumbers:
        return {view: sign * number for view, number in numbers.items()}

    leads = {name: compare_views(signed(mine), signed(one)) for name, one in controls.items()}
    control = min(leads, key=lambda name: leads[name].value)
    return Lead(average_views(mine), leads[control], control)


def _gains(network: str, fill: str) -> dict[str, ViewNumbers]:
    chosen = {"kind": "deletion", "fill": fill}
    areas, others = (stored_numbers("curves", c, network, **chosen) for c in ("area", "others"))
    return {
        name: {view: other - areas[name][view] for view, other in by_view.items()}
        for name, by_view in others.items()
    }
