"""TensorFlow and Keras, imported without their start-up chatter.

The messages come from compiled code that writes to file descriptor 2 directly, so no
Python-level setting reaches them. oneDNN stays on: switching it off silences most of
them too, but makes a gradient 1.6 times as slow.
"""

import contextlib
import os
from collections.abc import Iterator

__all__ = ["keras", "tf"]


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


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
with _silent_stderr():
    import tensorflow as tf

    # The first device query logs as well, so it is made here, in silence.
    tf.config.list_physical_devices()
    import keras

keras.utils.disable_interactive_logging()
# Each clone of a network is traced anew, as it must be; the warning blames the reader for it.
tf.get_logger().addFilter(lambda record: "retracing" not in record.getMessage())
