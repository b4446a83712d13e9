"""Sanity checks: whether a map changes when the network forgets what it learned.

Weights are replaced by random ones, from the top (the logits) down, on a clone; the reader's
model is never touched. A map that stays as it was cannot be about what was learned. One that
changes has passed a necessary test only: a random map with a new seed changes, too.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from helpers.attribution.reduction import READINGS, read_map
from helpers.attribution.registry import attribute, find_method
from helpers.backend import tf
from helpers.classes import class_names
from helpers.errors import HelpersError
from helpers.evaluation.fair_controls import CONTROLS
from helpers.evaluation.similarity import Similarity, map_similarity
from helpers.models.classifier import run_unchanged
from helpers.models.copying import copy_model
from helpers.models.examine import probe_pictures
from helpers.models.initialise import randomise
from helpers.models.layers import flat_layers
from helpers.models.scores import check_model
from helpers.models.wrapping import original_of, preprocess_of, wrap_classifier
from helpers.progress import progress_bar
from helpers.validation import as_choice, picture_batch

__all__ = [
    "RandomisationTest",
    "Stage",
    "clone_classifier",
    "randomisation_stages",
    "randomisation_test",
    "randomise_weights",
]

# "block03_expand", "conv4_block2_1_conv", "block_13_project", "fire2_squeeze1x1": of one block.
_BLOCK = re.compile(r"^(.*?(?:block_?|fire)\d+[a-z]?)(_|$)")
ORDERS = ("cascading", "independent")


class Stage(NamedTuple):
    """A step of the randomisation: its name, and the numbers of the layers that it takes."""

    name: str
    layers: tuple[int, ...]


@dataclass(frozen=True)
class RandomisationTest:
    """Similarity of maps before and after randomisation.

    Attributes
    ----------
    stages : tuple of str
        Names, from the top of the network down.
    order : {"cascading", "independent"}
        Whether a stage includes all stages above it.
    values : dict of (str, str) to numpy.ndarray
        (method, reading) -> float (stages, pictures, 3), the measures of `Similarity`.
    """

    stages: tuple[str, ...]
    order: str
    values: dict[tuple[str, str], np.ndarray]

    def of(self, method: str, measure: str = "spearman", reading: str = "absolute") -> np.ndarray:
        """Give the values (stages, pictures) of one measure for one method."""
        column = Similarity._fields.index(as_choice(measure, "measure", Similarity._fields))
        if (method, reading) not in self.values:
            known = ", ".join(sorted({name for name, _ in self.values}))
            raise HelpersError(
                f"There is no {reading!r} test of {method!r}; the methods are {known}, "
                f"the readings {', '.join(READINGS)}."
            )
        return self.values[method, reading][..., column]

    def rows(self) -> Iterator[dict]:
        """Yield one record per method, reading, stage and measure: mean, sd, n over pictures."""
        for method, reading in self.values:
            for measure in Similarity._fields:
                for stage, found in zip(self.stages, self.of(method, measure, reading)):
                    found = found[np.isfinite(found)]
                    yield {
                        "order": self.order, "method": method, "reading": reading,
                        "measure": measure, "stage": stage, "n": len(found),
                        "mean": found.mean() if len(found) else float("nan"),
                        "sd": found.std(ddof=1) if len(found) > 1 else float("nan"),
                    }  # fmt: skip


def randomisation_stages(model, by: str = "layer") -> list[Stage]:
    """List the steps of a randomisation, from the logits down to the first layer.

    Parameters
    ----------
    model : keras.Model
        Plain or wrapped.
    by : {"layer", "block"}
        One step per layer that has weights; or per block of layers, told by their names
        ("block03_..." of EfficientNet-Lite0, "fire2_..." of SqueezeNet, "conv4_block2_..." of
        ResNet50). Layers outside blocks are steps of their own.

    Returns
    -------
    list of Stage
        Each layer with weights exactly once.

    Raises
    ------
    HelpersError
        For another `by`, or a model without weights.
    """
    as_choice(by, "by", ("layer", "block"))
    stages: dict[str, list[int]] = {}
    for number, layer in reversed(list(enumerate(_weighted_layers(model)))):
        block = _BLOCK.match(layer.name) if by == "block" else None
        stages.setdefault(block[1] if block else layer.name, []).append(number)
    return [Stage(name, tuple(layers)) for name, layers in stages.items()]


def clone_classifier(model):
    """Clone a model with weights of its own, so that changing them leaves the reader's alone.

    Parameters
    ----------
    model : keras.Model
        From `load_model` or `wrap_classifier`, or any functional or Sequential model.

    Returns
    -------
    keras.Model
        The same function of pixels; no variable is shared.

    Raises
    ------
    HelpersError
        For a layer whose class does not tell all of its settings.
    """
    check_model(model)
    original = original_of(model)
    clone = copy_model(original)
    pictures = tf.constant(probe_pictures(original.inputs[0].shape[1:]))
    scores = [run_unchanged(one, pictures) for one in (original, clone)]
    if not np.allclose(*scores, rtol=1e-3, atol=1e-3, equal_nan=True):
        raise HelpersError(
            f"A copy of {model.name!r} gives other scores: one of its layers has settings that its "
            "get_config does not return."
        )
    if original is model:
        return clone
    return wrap_classifier(clone, preprocess=preprocess_of(model), class_names=class_names(model))


def randomise_weights(model, layers: Sequence[int], seed: int = 0) -> None:
    """Replace the weights of some layers by random ones, in place. Give it a clone.

    Kernels are drawn from a normal distribution of variance 2 / inputs (He et al. 2015,
    arXiv:1502.01852), biases and running means become 0, scales and variances 1: a network
    before training. A layer's values depend on the seed and its number alone.

    Parameters
    ----------
    model : keras.Model
        A clone from `clone_classifier`.
    layers : sequence of int
        Numbers as in `Stage.layers`.
    seed : int
        The same seed gives the same weights.
    """
    weighted = _weighted_layers(model)
    for number in layers:
        randomise(weighted[number].weights, np.random.default_rng([seed, number]))


def randomisation_test(
    model,
    pictures,
    target_class,
    methods: Sequence[str],
    *,
    order: str = "cascading",
    by: str = "block",
    stages: Sequence[str] | None = None,
    options: Mapping[str, Mapping] | None = None,
    seed: int = 0,
    progress: bool = True,
) -> RandomisationTest:
    """Compare maps of the trained network with maps of randomised ones. Lower is better.

    For each stage the similarity (`map_similarity`) of the map for the *same class* before
    and after, over sizes ("absolute": max |a| over channels) and with signs ("signed": sum
    over channels). Controls, always added: `edge_map` never changes and gets 1, the value of
    a method that ignores the network; `random_map` is drawn anew at each stage and gets the
    value of unrelated maps, 0 for ranks.

    Parameters
    ----------
    model : keras.Model
        Stays as it is.
    pictures : array-like
        (h, w, 3) or (n, h, w, 3), 0..255.
    target_class : int, str or list
        One class, or one per picture.
    methods : sequence of str
        Methods of `helpers.attribute`.
    order : {"cascading", "independent"}
        Randomise from the top down to the stage, or the stage alone.
    by : {"block", "layer"}
        See `randomisation_stages`.
    stages : sequence of str, optional
        Names of the stages to look at (all are randomised on the way down all the same).
    options : mapping of str to mapping, optional
        Method -> its options.
    seed : int
        For the new weights.
    progress : bool
        Whether a progress bar may appear.

    Returns
    -------
    RandomisationTest

    Raises
    ------
    HelpersError
        For unknown methods or stages, and for bad models, pictures, targets or options.

    References
    ----------
    Adebayo et al. 2018, "Sanity Checks for Saliency Maps", arXiv:1810.03292 (v3 corrects what
    v1 said of guided backpropagation), section 3. The paper draws from each layer's own
    initialiser; batch normalisation folded into kernels leaves none, so He-normal is used
    throughout. Binder et al. 2023, arXiv:2211.12486: random upper layers keep the scale of what
    comes from below, which bounds the change, and uninformative maps do best. Yona and
    Greenfeld 2021, arXiv:2110.14297: the result also depends on the task.
    """
    methods = list(dict.fromkeys([*methods, *CONTROLS]))
    for method in methods:
        find_method(method)
    pictures, _ = picture_batch(pictures, model)
    clone = clone_classifier(model)
    steps = _steps(model, as_choice(order, "order", ORDERS), by, stages)
    question = pictures, target_class, methods, options or {}
    before = _maps(clone, *question, seed)
    found: dict = {key: [] for key in before}
    weights = original_of(clone).get_weights()
    with progress_bar(len(steps), "randomising", progress) as bar:
        for number, (_, layers) in enumerate(steps, start=1):
            original_of(clone).set_weights(weights)
            randomise_weights(clone, layers, seed)
            for key, maps in _maps(clone, *question, seed + number).items():
                found[key].append(_compare(before[key], maps, key[1]))
            bar.update()
    names = tuple(name for name, _ in steps)
    return RandomisationTest(names, order, {key: np.array(rows) for key, rows in found.items()})


def _weighted_layers(model) -> list:
    """List the innermost layers that have weights, in the order of the forward pass."""
    layers = [layer for layer in flat_layers(original_of(model).layers) if layer.weights]
    if not layers:
        raise HelpersError(f"The model {model.name!r} has no weights to randomise.")
    return layers


def _steps(model, order: str, by: str, names: Sequence[str] | None) -> list[Stage]:
    """Give the wanted stages with all the layers that are randomised at each."""
    stages = randomisation_stages(model, by)
    known = [stage.name for stage in stages]
    wanted = known if names is None else list(names)
    missing = [name for name in wanted if name not in known]
    if missing or not wanted:
        raise HelpersError(f"There is no stage {missing}; the stages are {', '.join(known)}.")
    if order == "cascading":
        layers = [number for stage in stages for number in stage.layers]
        ends = np.cumsum([len(stage.layers) for stage in stages])
        stages = [Stage(name, tuple(layers[:end])) for name, end in zip(known, ends)]
    return [stage for stage in stages if stage.name in wanted]


def _maps(model, pictures, target_class, methods, options, seed) -> dict:
    """Compute the maps (n, h, w) of every method in both readings."""
    maps = {}
    for method in methods:
        given = {"progress": False, **options.get(method, {})}
        if method == "random_map":
            given["seed"] = seed
        found = attribute(model, pictures, target_class, method, **given)
        for reading in READINGS:
            maps[method, reading] = np.stack([read_map(one, reading) for one in found])
    return maps


def _compare(before: np.ndarray, after: np.ndarray, reading: str) -> list[Similarity]:
    signed = reading == "signed"
    return [map_similarity(a, b, signed=signed) for a, b in zip(before, after, strict=True)]
