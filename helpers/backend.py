"""TensorFlow and Keras on TensorFlow, imported without their start-up chatter.

The messages come from compiled code that writes to file descriptor 2 directly, so no
Python-level setting reaches them. oneDNN stays on: switching it off silences most of
them too, but makes a gradient 1.6 times as slow.

Keras reads its backend, once, from KERAS_BACKEND or else from `keras.json`. Whatever these say
for other projects, here it is TensorFlow, as long as nobody has imported Keras before.
"""

import contextlib
import ctypes
import functools
import os
import sys
from collections.abc import Callable, Iterator

from helpers.errors import HelpersError

__all__ = ["default_settings", "give_memory_back", "keras", "tf"]


@contextlib.contextmanager
def _silent_stderr() -> Iterator[None]:
    saved, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)


@contextlib.contextmanager
def default_settings() -> Iterator[None]:
    """Build a network as Keras does by default, whatever the reader has set for other models.

    The settings are the image data format and the precision; afterwards they are as they were.
    """
    image_format, policy = keras.config.image_data_format(), keras.config.dtype_policy()
    floatx = keras.config.floatx()
    keras.config.set_image_data_format("channels_last")
    keras.config.set_dtype_policy("float32")
    keras.config.set_floatx("float32")
    try:
        yield
    finally:
        keras.config.set_image_data_format(image_format)
        keras.config.set_dtype_policy(policy)
        keras.config.set_floatx(floatx)


def give_memory_back() -> None:
    """Give the memory that TensorFlow has freed back to the system.

    glibc, the C library of most Linux systems, keeps it otherwise, 0.3 GB after a long method;
    it gives it back within milliseconds. Elsewhere nothing happens.
    """
    trim = _glibc_trim()
    if trim is not None:
        trim(0)


@functools.cache
def _glibc_trim() -> Callable | None:
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # another C library, or Windows
        return None


if "keras" not in sys.modules:
    os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
with _silent_stderr():
    import tensorflow as tf

    # The first device query logs as well, so it is made here, in silence.
    tf.config.list_physical_devices()
    import keras

if keras.config.backend() != "tensorflow":
    raise HelpersError(
        f"Keras was imported before the helpers and runs on {keras.config.backend()!r}: set "
        "KERAS_BACKEND=tensorflow in the environment (it overrides keras.json), or import the "
        "helpers first, and restart the kernel."
    )
keras.utils.disable_interactive_logging()
# Each clone of a network is traced anew, as it must be; the warning blames the reader for it.
tf.get_logger().addFilter(lambda record: "retracing" not in record.getMessage())
