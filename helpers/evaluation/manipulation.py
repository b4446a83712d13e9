"""Fragile maps: changes of a picture that hardly move the score and move the map.

A map of sizes of gradients lives on the *bends* of the network, of which ReLUs have so many
that a small step crosses some. Who knows the network can choose the step: so that the score
stays, and the map goes where they want it.
"""

from typing import NamedTuple

import numpy as np

from helpers.attribution.methods.rectified import copy_with_rule
from helpers.attribution.reduction import reduce_channels
from helpers.attribution.registry import attribute
from helpers.backend import keras, tf
from helpers.classes import class_index
from helpers.evaluation.localisation import relevance_mass_accuracy
from helpers.models.prediction import class_logits
from helpers.models.scores import as_picture
from helpers.models.wrapping import original_of, preprocess_of, wrap_classifier
from helpers.progress import progress_bar
from helpers.validation import as_count, as_number, as_object_mask, as_pixels

__all__ = [
    "Manipulation",
    "MapMove",
    "judge_move",
    "manipulate_map",
    "shake_picture",
    "soften_relus",
]

# Quicker than Adam's usual .999, because few steps are taken.
DECAY_OF_SQUARES = 0.99
FAR = 1e9


class Manipulation(NamedTuple):
    """A picture that was changed so that its map moves."""

    picture: np.ndarray
    """float32 (h, w, 3), whole grey levels 0..255."""
    shares: np.ndarray
    """float (steps,): share of the *softened* network's map that lay in the region, by step."""


class MapMove(NamedTuple):
    """What a change of a picture did on the network itself; each pair is (before, after)."""

    maps: tuple[np.ndarray, np.ndarray]
    """(h, w) each: the largest size of the gradient among the colours."""
    shares: tuple[float, float]
    """Of each map, the part that lies in the region, 0..1."""
    scores: tuple[float, float]
    """Logits of the class."""
    largest_change: float
    """Of a pixel value, in grey levels."""


def shake_picture(picture, size: float = 1.0, *, seed: int = 0) -> np.ndarray:
    """Move every pixel value up or down by the same amount, at random.

    Parameters
    ----------
    picture : array-like
        (h, w, c), 0..255.
    size : float
        Grey levels, 0 or more.
    seed : int
        The same seed gives the same signs.

    Returns
    -------
    numpy.ndarray
        float32 (h, w, c), cut off at 0 and 255.

    Raises
    ------
    HelpersError
        For something that is no picture, and a size outside 0..255.
    """
    as_number(size, "size", 0, 255, "a number of grey levels from 0 to 255")
    picture = as_pixels(picture).astype(np.float32)
    signs = np.random.default_rng(seed).choice(np.float32([-1, 1]), picture.shape)
    return np.clip(picture + np.float32(size) * signs, 0, 255)


def soften_relus(model: keras.Model, sharpness: float = 10.0) -> keras.Model:
    """Copy a classifier with every ReLU rounded off, so that its gradient has a gradient.

    max(x, 0) becomes softplus(b x) / b, and a ReLU6 the same with its upper bend rounded as
    well. The gradient of a network of ReLUs is constant between two bends, so its own
    derivative is 0 almost everywhere and cannot be followed.

    Parameters
    ----------
    model : keras.Model
        From `load_model` or `wrap_classifier`; it stays as it is.
    sharpness : float
        b above; the larger, the nearer to the ReLU.

    Returns
    -------
    keras.Model
        Pixels in, logits out, with weights of its own.

    Raises
    ------
    HelpersError
        For a model without ReLU, or with layers that cannot be copied, and a sharpness of 0.

    References
    ----------
    Dombrowski et al. 2019, arXiv:1906.07983.
    """
    sharpness = as_number(sharpness, "sharpness", 1e-3, 1e6, "a number above 0")
    original = original_of(model)
    copy = copy_with_rule(original, lambda activation: _softened(activation, sharpness))
    return copy if original is model else wrap_classifier(copy, preprocess=preprocess_of(model))


def _softened(activation, sharpness: float):
    top = float(activation(tf.constant(FAR)))

    def softened(x):
        bent = tf.nn.softplus(sharpness * x)
        if top < FAR:
            bent -= tf.nn.softplus(sharpness * (x - top))
        return bent / sharpness

    return softened


def manipulate_map(
    model: keras.Model,
    picture,
    target_class,
    region,
    *,
    limit: float = 4.0,
    steps: int = 60,
    step_size: float = 0.3,
    hold: float = 0.05,
    sharpness: float = 10.0,
    progress: bool = True,
) -> Manipulation:
    """Change a picture a little, so that its gradient map moves into a region and its score stays.

    Minimises -log(share of sum |dS/dx| inside the region) + hold (S - S at the start)^2 with
    Adam, on a copy of the network with softened ReLUs. After each step no pixel value may be
    further than `limit` from where it was. What came out is rounded to whole grey levels, and
    is then judged on the network itself: nothing here promises that it works there.

    Parameters
    ----------
    model : keras.Model
        From `load_model` or `wrap_classifier`; it stays as it is.
    picture : array-like
        (h, w, 3), 0..255, of the model's input size.
    target_class : int or str
        The class whose map is moved.
    region : array-like
        bool (h, w), where the map is to go.
    limit : float
        Largest change of a pixel value, in grey levels.
    steps : int
        Steps of the optimiser; each takes about two gradients.
    step_size : float
        Adam's step, in grey levels.
    hold : float
        Weight of the score's change, in logits squared.
    sharpness : float
        See `soften_relus`.
    progress : bool
        Whether to show a bar for work of over two seconds.

    Returns
    -------
    Manipulation
        The picture, and how the share grew.

    Raises
    ------
    HelpersError
        For a picture, class or region that does not fit the model, options out of range, and
        what `soften_relus` refuses.

    References
    ----------
    Ghorbani, Abid and Zou 2019, arXiv:1710.10547; Dombrowski et al. 2019, arXiv:1906.07983.
    """
    start, index = as_picture(picture, model), class_index(target_class, model)
    inside = as_object_mask(region, start.shape[:2])
    limit = as_number(limit, "limit", 1, 255, "a number of grey levels from 1 to 255")
    step_size = as_number(step_size, "step_size", 1e-3, 255, "a number of grey levels above 0")
    hold = as_number(hold, "hold", 0, 1e6, "a number, 0 or more")
    direction = _steepest(soften_relus(model, sharpness), index, inside, hold)
    x, shares = keras.Variable(start[None], dtype="float32", name="picture"), []
    adam = keras.optimizers.Adam(step_size, beta_2=DECAY_OF_SQUARES)
    low, high = np.maximum(start - limit, 0), np.minimum(start + limit, 255)
    with progress_bar(as_count(steps, "steps"), "manipulate_map", progress) as bar:
        for _ in range(steps):
            gradient, share = direction(tf.convert_to_tensor(x), start[None])
            adam.apply([gradient], [x])
            x.assign(np.clip(x.numpy(), low, high))
            shares.append(float(share))
            bar.update()
    # Rounded within the limit, which a rounded value could overstep.
    whole = np.clip(np.rint(x.numpy()[0]), np.ceil(low), np.floor(high))
    return Manipulation(whole, np.array(shares))


def judge_move(model: keras.Model, before, after, target_class, region) -> MapMove:
    """Say how far a changed picture moved the gradient map and the score of the network itself.

    Parameters
    ----------
    model : keras.Model
        From `load_model` or `wrap_classifier`.
    before, after : array-like
        (h, w, 3), 0..255, of the model's input size.
    target_class : int or str
        The class whose map and score are compared.
    region : array-like
        bool (h, w), where the map was to go.

    Returns
    -------
    MapMove

    Raises
    ------
    HelpersError
        For a picture, class or region that does not fit the model.
    """
    pair = [as_picture(picture, model) for picture in (before, after)]
    index = class_index(target_class, model)
    maps = tuple(reduce_channels(attribute(model, picture, index)) for picture in pair)
    scores = class_logits(np.stack(pair), model)[0][:, index]
    return MapMove(
        maps,
        tuple(relevance_mass_accuracy(values, region) for values in maps),
        tuple(map(float, scores)),
        float(np.abs(pair[1] - pair[0]).max()),
    )


def _steepest(soft: keras.Model, index: int, inside: np.ndarray, hold: float):
    """Give the function from a picture to the gradient of what is minimised, and the share."""
    inside = tf.constant(inside[None, ..., None], tf.float32)

    @tf.function(autograph=False)
    def direction(x, start):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                score = soft(x, training=False)[0, index]
            sizes = tf.abs(inner.gradient(score, x))
            share = tf.reduce_sum(sizes * inside) / tf.reduce_sum(sizes)
            moved = score - soft(start, training=False)[0, index]
            loss = -tf.math.log(share) + hold * tf.square(moved)
        return outer.gradient(loss, x), share

    return direction
