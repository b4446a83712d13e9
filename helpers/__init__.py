"""Helpers for *Where the Machines Are Looking*: saliency maps, taken with care.

Names are imported on first use, so that `python -m helpers.check` can report a missing
package instead of failing on it, and so that class names need no TensorFlow. Which names there
are, and in which room each lives, stands in `__init__.pyi`.
"""

import importlib.util

try:
    import lazy_loader
except ImportError as missing:
    _missing = missing

    def __getattr__(name: str):
        # Rooms must stay importable, helpers.check above all, which reports what is missing.
        if name.startswith("_") or importlib.util.find_spec(f"{__name__}.{name}"):
            raise AttributeError(name)
        raise _missing

else:
    __getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
