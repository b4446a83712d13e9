"""From a reader's classifier to pixels in and logits out, without changing the reader's model."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from helpers.backend import keras, tf
from helpers.classes import register_class_names, registered_class_names
from helpers.errors import HelpersError
from helpers.models.bypass import LINKS, Bypass, find_bypass, values_of
from helpers.models.classifier import Classifier, classifier_of, original_of, preprocess_of
from helpers.models.examine import examine, probe_pictures

__all__ = ["check_graph", "original_of", "preprocess_of", "wrap_classifier"]


def wrap_classifier(
    model: keras.Model,
    *,
    preprocess: Callable | None = None,
    class_names: Sequence[str] | Mapping | None = None,
) -> keras.Model:
    """Give a classifier the contract of this package: pixels 0..255 in, logits out.

    A softmax or sigmoid at the end is bypassed, whether it is a layer of its own, a function or
    the activation of a layer, also inside nested models and before a cast or a Reshape; the
    wrapped model remembers it for `class_probabilities`. The weights are shared with `model`,
    which itself stays as it was in every respect, now and later. (keras-vis needed
    `apply_modifications` for this, which changed the reader's model.)

    Parameters
    ----------
    model : keras.Model
        Functional or Sequential, with one picture input (n, h, w, 1 or 3) and one output
        (n, n_classes). A wrapped one is wrapped anew and keeps its preprocessing and names.
    preprocess : callable, optional
        From pixels 0..255, RGB, (n, h, w, 3), to what `model` expects, in TensorFlow or
        Keras operations, such as `keras.applications.resnet50.preprocess_input`. For a model of
        one channel it makes colours grey (`tf.image.rgb_to_grayscale`), or takes grey pictures.
    class_names : sequence of str or mapping, optional
        One name per class, in the order of the outputs; or name -> index, or index -> name. By
        default ImageNet's if there are 1000 classes.

    Returns
    -------
    keras.Model
        Input (n, h, w, 3) in 0..255, or (n, h, w, 1) where neither model nor preprocessing takes
        colours; output (n, n_classes) float32 logits.

    Raises
    ------
    HelpersError
        When the model has no graph to follow (an unbuilt or subclassed one), several inputs
        or outputs, labels in place of scores, channels in another number or place, a number of
        names that differs from its outputs, or probabilities that cannot be bypassed.
    """
    check_graph(model)
    names = registered_class_names(model) if class_names is None else class_names
    if classifier_of(model) is None:
        return _wrap(model, preprocess, names)
    steps = [step for step in (preprocess, preprocess_of(model)) if step is not None]
    return _wrap(original_of(model), _in_turn(steps), names)


def _wrap(model: keras.Model, preprocess: Callable | None, names) -> keras.Model:
    shape = _picture_shape(model, preprocess)
    bypass = find_bypass(model)
    layer = Classifier(model, preprocess, bypass)
    # Whatever the reader has set for models that are yet to be built.
    pixels = keras.Input(shape, dtype="float32", name="pixels")
    wrapped = keras.Model(pixels, layer(pixels), name=f"{model.name}_logits")
    if bypass is not None:
        _check_bypass(layer, bypass, shape)
    examine(wrapped)
    if names is not None:
        _check_one_unit(wrapped, names)
        register_class_names(wrapped, names)
    return wrapped


def _in_turn(steps: Sequence[Callable]) -> Callable:
    def run(pixels):
        for step in steps:
            pixels = step(pixels)
        return pixels

    return run


def _picture_shape(model: keras.Model, preprocess: Callable | None) -> tuple[int | None, ...]:
    """Give (h, w, channels) of the pictures that the reader's function can be given."""
    own = tuple(model.inputs[0].shape[1:])
    if preprocess is None:
        return own
    # Of colours, as it may be this very function that makes them grey.
    for shape in dict.fromkeys([(*own[:2], 3), own]):
        refusal = _refusal(preprocess, model, shape)
        if refusal is None:
            return shape
    raise HelpersError(refusal)


def _refusal(preprocess: Callable, model: keras.Model, shape: tuple) -> str | None:
    """Run the reader's function once, as it will be run, and say what is wrong with it."""
    expected = model.inputs[0].shape
    try:
        with keras.StatelessScope():
            run = tf.function(preprocess, autograph=False)
            run.get_concrete_function(tf.TensorSpec((None, *shape), tf.float32))
            made = getattr(run(tf.constant(probe_pictures(shape))), "shape", None)
    except Exception as error:  # whatever the reader's own function raises
        return (
            f"The preprocess function fails on a batch of pixels {(None, *shape)} "
            f"({type(error).__name__}); write it with keras.ops or TensorFlow operations, without "
            "NumPy."
        )
    if made is not None and made[1:].is_compatible_with(expected[1:]):
        return None
    return (
        f"What the preprocess function gives, {'no array' if made is None else made}, does not fit "
        f"what the model reads, {expected}."
    )


def _check_bypass(layer: Classifier, bypass: Bypass, shape: tuple) -> None:
    """Compare softmax or sigmoid of the logits with what the reader's model says."""
    pictures = tf.constant(probe_pictures(shape))
    whole = values_of(layer.original.inputs, layer.original.outputs)
    with keras.StatelessScope():
        logits = layer.run(pictures).numpy()
        (said,) = whole([layer.preprocess(pictures)])
    said = tf.cast(said, tf.float32).numpy()
    if not np.allclose(LINKS[bypass.link](logits), said, rtol=2e-2, atol=2e-3, equal_nan=True):
        raise HelpersError(
            f"The {layer.link} at the end of {layer.original.name!r} could not be bypassed: build "
            "a keras.Model whose output lies before it, in logits."
        )


def _check_one_unit(wrapped: keras.Model, names) -> None:
    if wrapped.output_shape[-1] == 1 and isinstance(names, Sequence) and len(names) == 2:
        raise HelpersError(
            "The model has one unit, whose sigmoid is the probability of one class: give the name "
            f"of that class alone, class_names=[{names[1]!r}]."
        )


def check_graph(model: keras.Model) -> None:
    """Raise a HelpersError unless `model` has a graph from one batch of pictures to scores.

    Parameters
    ----------
    model : keras.Model
        Plain or wrapped.
    """
    if not isinstance(model, keras.Model):
        raise HelpersError(
            f"The first argument is a keras.Model such as load_model() gives, not "
            f"{type(model).__name__}."
        )
    if not getattr(model, "inputs", None) or not getattr(model, "outputs", None):
        raise HelpersError(
            f"The model {model.name!r} has no graph of layers to follow: build it with keras.Input "
            "as a functional or Sequential model."
        )
    if len(model.inputs) != 1:
        raise HelpersError(
            f"The model {model.name!r} has {len(model.inputs)} inputs, and a classifier here has "
            "one: fix the others, as in keras.Model(pixels, model([pixels, "
            "keras.ops.zeros_like(pixels[:, 0, 0, :1]) + values])) with pixels = keras.Input(...)."
        )
    if len(model.outputs) != 1:
        raise HelpersError(
            f"The model {model.name!r} has {len(model.outputs)} outputs, and a classifier here has "
            "one: choose it, as in keras.Model(model.inputs, model.outputs[0])."
        )
    if "float" not in model.outputs[0].dtype:
        raise HelpersError(
            f"The model {model.name!r} gives {model.outputs[0].dtype} values, such as the numbers "
            "or names of classes: build a keras.Model whose output lies before, in class scores."
        )
    _check_ends(model, tuple(model.inputs[0].shape), tuple(model.outputs[0].shape))


def _check_ends(model: keras.Model, given: tuple, made: tuple) -> None:
    if len(given) != 4 or len(made) != 2 or made[-1] is None:
        raise HelpersError(
            f"The model {model.name!r} goes from {given} to {made}; a classifier goes from "
            "(n, h, w, 3) to (n, n_classes)."
        )
    if given[1] in (1, 3) and given[3] not in (1, 3):
        raise HelpersError(
            f"The model {model.name!r} reads {given}, channels first, and pictures here have them "
            "last: put a step in front, as in keras.Model(pixels, model(keras.ops.transpose("
            "pixels, (0, 3, 1, 2)))) with pixels = keras.Input((h, w, 3))."
        )
    if given[3] not in (1, 3):
        raise HelpersError(
            f"The model {model.name!r} reads {given}, and pictures here have one channel or three: "
            "put a step in front that makes its channels of a picture's, such as a Conv2D."
        )
