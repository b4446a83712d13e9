"""The methods, each from a `Question` to attributions, with its record above it."""

import importlib
import pkgutil

# Each file here, so that a new one needs no more than its line in `METHODS`.
for _module in pkgutil.iter_modules(__path__, f"{__name__}."):
    importlib.import_module(_module.name)
