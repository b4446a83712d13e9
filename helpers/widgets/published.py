"""How a cell shows controls: live while a kernel answers, and a figure ever after.

A Jupyter server stores what a cell shows, and a stored widget without its kernel is an error
message that JupyterLab shows before anything else. So there the static form alone is stored,
and `helpers.widgets.inputs.Live` puts the controls into its place while a kernel answers. Other
front ends (Voila, VS Code) store nothing, or need to be told that there is a widget: they get
both.
"""

import os
from collections.abc import Mapping
from typing import Any

import ipywidgets as widgets

__all__ = ["publish"]


def publish(bundle: Mapping[str, Any], view: widgets.Widget, place: str) -> Any:
    """Show the static form of controls, or both forms; gives a handle if the form is stored."""
    from IPython.display import display

    if _stores_outputs():
        return display(dict(bundle), raw=True, display_id=place)
    display(view._repr_mimebundle_() | dict(bundle), raw=True)
    return None


def _stores_outputs() -> bool:
    """Whether JupyterLab or Jupyter Notebook shows the cell; VS Code names its sessions so."""
    session = os.environ.get("JPY_SESSION_NAME", "")
    return bool(session) and "jvsc" not in session
