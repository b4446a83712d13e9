"""The answers to the questions of `data/results/plan.md`, written from the stored tables."""

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np
from scipy.stats import kendalltau

from helpers.attribution import reading_of
from helpers.errors import HelpersError
from helpers.evaluation import (
    average_views,
    compare_views,
    league_places,
    league_verdicts,
    load_results,
    stored_agreements,
    stored_calibration,
    stored_correlation,
    stored_gains,
    stored_leads,
    stored_numbers,
)
from helpers.evaluation.intervals import Estimate, holm
from helpers.evaluation.league import CLASSES, IN_LOGITS, Place, method_of
from helpers.evaluation.rulers import RULERS, verdict
from tools.results.plan import BASELINES, CONTROL_METHODS, CURVES, NETWORKS

__all__ = ["answers", "judged"]

PAIRS = (
    ("grad_cam", "gradient"),
    ("occlusion", "grad_cam"),
    ("integrated_gradients", "grad_cam"),
)
BLACK, (MEAN, BLUR) = "integrated_gradients", BASELINES
BASELINE_PAIRS = ((MEAN, BLACK), (BLUR, BLACK), (BLUR, MEAN))
LEVEL = 0.05
HEAD = """# Answers

To the questions of `plan.md`, written from the tables by `python -m tools.results --answers`; a
test holds them against each other. A number is a macro mean over scenes with its 95 % interval, n
the number of views. *stands*, *falls* and *open* are the plan's, after Holm's correction within a
network and a ruler. In question 1 a method stands only if all controls are stored for it.
"""

Differences = dict[str, dict[str, Estimate]]
"""From what is compared to ruler to the difference."""


def answers() -> str:
    """Write the answers to all questions, as Markdown."""
    parts = [HEAD]
    for title, rows in QUESTIONS.items():
        parts.append(f"## {title}\n")
        for network in NETWORKS:
            parts += [f"### {network}\n", _table(rows(network))]
    parts += ["## 9. Is the order of methods the same in both networks?\n", _table(_orders())]
    return "\n".join(parts)


def judged(differences: Differences) -> dict[str, str]:
    """Judge differences of one family, in either direction.

    Parameters
    ----------
    differences : dict of str to dict of str to Estimate
        What is compared -> ruler -> difference.

    Returns
    -------
    dict of str to {"stands", "falls", "open"}
    """
    surely: dict[str, list[bool]] = {name: [] for name in differences}
    for ruler in RULERS:
        p = np.array([found[ruler].p for found in differences.values()])
        for name, above, below in zip(differences, holm(p), holm(1 - p)):
            surely[name].append(min(above, below) < LEVEL)
    return {
        name: verdict((found[r].low, found[r].high) for r in RULERS)
        if all(surely[name])
        else "open"
        for name, found in differences.items()
    }


def _league(network: str) -> Iterator[Sequence[str]]:
    yield "method", "ruler", "agreement", "correlation", "lead", "over", "p (Holm)", "verdict"
    places = _places(network)
    verdicts = league_verdicts(places)
    for place in places:
        spearman = _told(stored_correlation(network, place.method, place.ruler))
        lead = _told(place.lead), place.control, f"{place.p:.2f}"
        agreement = _told(place.agreement)
        yield place.method, place.ruler, agreement, spearman, *lead, verdicts[place.method]


def _readings(network: str) -> Iterator[Sequence[str]]:
    yield "method", *(f"signed minus size, {ruler}" for ruler in RULERS), "verdict"
    found = _agreements(network)
    names = [name for name, reading, source in found if reading == "signed" and not source]
    differences = {name: _minus(found, (name, "signed"), (name, "absolute")) for name in names}
    blind = {name: differences.pop(name) for name in CONTROL_METHODS}
    yield from _compared(differences)
    for name, control in blind.items():
        yield name, *(_told(control[ruler]) for ruler in RULERS), ""


def _pairs(pairs: Sequence[tuple[str, str]]) -> Callable[[str], Iterator[Sequence[str]]]:
    def rows(network: str) -> Iterator[Sequence[str]]:
        yield "difference", *RULERS, "verdict"
        found = _agreements(network)
        yield from _compared(
            {
                f"{first} minus {second}": _minus(found, _main(first), _main(second))
                for first, second in pairs
            }
        )

    return rows


def _curves(network: str) -> Iterator[Sequence[str]]:
    yield "method", *(f"{kind}, {fill}" for kind, fill in CURVES), "all above 0"
    gains = [stored_gains(network, kind, fill) for kind, fill in CURVES]
    for name in gains[0]:
        # Fewer than two views of a scene have no interval, and nothing is sure.
        least = [min(gain[name].values(), key=lambda one: one.low) for gain in gains]
        yes = all(one.low > 0 for one in least)
        yield name, *(_told(one, 1) for one in least), "yes" if yes else "no"


def _classes(network: str) -> Iterator[Sequence[str]]:
    yield "method", *(f"own minus unrelated classes, {ruler}" for ruler in RULERS), "verdict"
    differences: Differences = {}
    for place in _places(network):
        if CLASSES in place.differences:
            differences.setdefault(place.method, {})[place.ruler] = place.differences[CLASSES]
    yield from _compared(differences)


def _mosaics(network: str) -> Iterator[Sequence[str]]:
    yield from _beside_controls("grid", "share", network)


def _forgetting(network: str) -> Iterator[Sequence[str]]:
    yield "method", "after the logits", "after all layers"
    chosen = {"order": "cascading", "reading": "absolute"}
    rows = load_results("randomisation", network)
    first, *_, last = dict.fromkeys(r["stage"] for r in rows if r["order"] == "cascading")
    early, late = (
        stored_numbers("randomisation", "spearman", network, stage=stage, **chosen)
        for stage in (first, last)
    )
    for name in early:
        yield (
            name,
            _told(average_views(early[name])),
            _told(average_views(late[name])) if name in late else "",
        )


def _calibrations(network: str) -> Iterator[Sequence[str]]:
    yield "method", "slope", "error", "error of saying 0", "gain", "calibrated"
    for name in IN_LOGITS:
        try:
            found = stored_calibration(network, name)
        except HelpersError:
            continue
        slope, gain = found["slope"], found["gain"]
        # A slope that may be 1 as well as 0 is not known.
        answer = "open" if slope.low <= 0 and slope.high >= 1 else "no"
        if slope.low > 0 and slope.low <= 1 <= slope.high and gain.value > 0:
            answer = "yes"
        cells = (_told(found[column], 1) for column in ("slope", "error", "error_of_zero", "gain"))
        yield name, *cells, answer


def _orders() -> Iterator[Sequence[str]]:
    yield "ruler", "Kendall's tau", "methods"
    places = [_places(network) for network in NETWORKS]
    for ruler in RULERS:
        first, second = (
            {p.method: p.agreement.value for p in found if p.ruler == ruler} for found in places
        )
        shared = [name for name in first if name in second]
        tau = kendalltau([first[m] for m in shared], [second[m] for m in shared]).statistic
        yield ruler, f"{tau:+.2f}", str(len(shared))


def _infidelities(network: str) -> Iterator[Sequence[str]]:
    yield from _beside_controls("checks", "infidelity_share", network, lower_is_better=True)


def _sensitivities(network: str) -> Iterator[Sequence[str]]:
    yield from _beside_controls("checks", "sensitivity_n", network)


QUESTIONS: dict[str, Callable] = {
    "1. Does a method order objects better than every control?": _league,
    "2. Signed values or sizes? (The controls show how far the two floors differ.)": _readings,
    "3. Grad-CAM or gradient, occlusion or Grad-CAM, Integrated Gradients or Grad-CAM?": _pairs(
        PAIRS
    ),
    "4. Does the baseline of Integrated Gradients matter?": _pairs(BASELINE_PAIRS),
    "5. Do deletion and insertion prefer a method to its controls? Smallest gain, logits": _curves,
    "6a. Does the map know the class? Against unrelated classes": _classes,
    "6b. Does the map know the class? In a mosaic of four scenes": _mosaics,
    "7. Does the map change when the network forgets? Rank correlation of sizes": _forgetting,
    "8. Is a map in logits calibrated?": _calibrations,
    "Checks: share of infidelity (lower is better)": _infidelities,
    "Checks: sensitivity-n (higher is better)": _sensitivities,
}


def _beside_controls(part: str, column: str, network: str, lower_is_better: bool = False):
    """Yield every method's mean, and by how much it is better than the best control."""
    yield "method", column, "better than the best control by", "which one"
    found = stored_leads(part, column, network, lower_is_better=lower_is_better)
    for name, (mean, lead, control) in found.items():
        yield name, _told(mean), _told(lead), control
    for name, mine in stored_numbers(part, column, network).items():
        if name not in found:
            yield name, _told(average_views(mine)), "", ""


def _compared(differences: Differences) -> Iterator[Sequence[str]]:
    verdicts = judged(differences)
    for name, found in differences.items():
        yield name, *(_told(found[ruler]) for ruler in RULERS), verdicts[name]


def _minus(agreements: Mapping, first: tuple[str, str], second: tuple[str, str]):
    mine, other = agreements[*first, ""], agreements[*second, ""]
    return {ruler: compare_views(mine[ruler], other[ruler]) for ruler in RULERS}


_agreements = functools.cache(stored_agreements)


@functools.cache
def _places(network: str) -> list[Place]:
    return league_places(network, _agreements(network))


def _main(name: str) -> tuple[str, str]:
    return name, reading_of(method_of(name))


def _told(found: Estimate, digits: int = 2) -> str:
    # Adding 0 makes of a rounded -0.0 what other processors give, 0.0.
    value, low, high = (f"{round(number, digits) + 0.0:+.{digits}f}" for number in found[:3])
    return f"{value} [{low}, {high}] n {found.n_views}"


def _table(rows: Iterable[Sequence[str]]) -> str:
    head, *body = rows
    lines = ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *body)]
    return "\n".join(lines) + "\n"
