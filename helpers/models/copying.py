"""Copies of the reader's models, with weights of their own."""

from collections.abc import Callable

from helpers.backend import keras
from helpers.errors import HelpersError

__all__ = ["copy_layer", "copy_model"]


def copy_layer(operation: keras.Operation) -> keras.Operation:
    """Copy a layer or operation, without its weights.

    Parameters
    ----------
    operation : keras.Operation
        A layer; Keras makes operations of functions such as `keras.ops.relu`.

    Returns
    -------
    keras.Operation
        Of the same kind and settings. A Lambda, which Keras would have to be allowed to load,
        has the very same function.

    Raises
    ------
    HelpersError
        For a layer whose class does not tell its settings.
    """
    if isinstance(operation, keras.layers.Lambda):
        return type(operation)(
            operation.function,
            output_shape=operation._output_shape,
            mask=operation.mask,
            arguments=operation.arguments,
            name=operation.name,
            dtype=operation.dtype_policy,
        )
    try:
        return type(operation).from_config(operation.get_config())
    except Exception as error:  # whatever the reader's own class raises
        raise HelpersError(
            f"The layer {operation.name!r} cannot be copied ({type(error).__name__}): give its "
            f"class {type(operation).__name__} a get_config that returns every argument of its "
            "__init__."
        ) from None


def copy_model(
    model: keras.Model, copy: Callable[[keras.Operation], keras.Operation] = copy_layer
) -> keras.Model:
    """Copy a plain model with a graph, layer by layer, also nested ones.

    Parameters
    ----------
    model : keras.Model
        It stays as it is.
    copy : callable
        Makes a layer of a layer.

    Returns
    -------
    keras.Model
        With weights of the same values, and random layers that draw the same.

    Raises
    ------
    HelpersError
        For a layer that cannot be copied.
    """
    # Of the graph alone, because how the reader's model is trained is no part of it.
    graph = keras.Model(model.inputs, model.outputs, name=model.name)
    try:
        made = keras.models.clone_model(graph, clone_function=copy, recursive=True)
        made.set_weights(graph.get_weights())
    except HelpersError:
        raise
    except Exception as error:  # whatever the reader's own layers raise when they are built anew
        reason = " ".join(str(error).split())[:80].rstrip(".")
        raise HelpersError(
            f"The model {model.name!r} cannot be copied ({reason}): give its own layers a "
            "get_config that returns every argument of their __init__."
        ) from None
    for new, old in zip(_seeds(made), _seeds(graph)):
        new.assign(old)
    return made


def _seeds(model: keras.Model) -> list[keras.Variable]:
    return [variable for variable in model.variables if variable.name == "seed_generator_state"]
