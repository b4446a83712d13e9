"""Sphinx's settings: the notebooks as they are stored, the README in pages, the helpers.

Where the pages lie and where the site goes, `build.py` beside this file says.
"""

import re

project = "Where the Machines Are Looking"
language = "en"
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "sphinx_copybutton",
]
templates_path = ["templates"]

# Shown as stored, never run.
nb_execution_mode = "off"
nb_merge_streams = True
# A stored answer below a guess is folded.
nb_code_prompt_show = "Guessed? Open what the cell shows"
nb_code_prompt_hide = "Close what the cell shows"
myst_heading_anchors = 4

default_role = "code"  # `name` in a docstring is code
autodoc_typehints = "none"
numpydoc_show_class_members = False

html_theme = "pydata_sphinx_theme"
html_title = project
html_css_files = ["site.css"]
html_favicon = "static/icon.svg"
html_show_sourcelink = False
html_copy_source = False
html_context = {"default_mode": "auto"}
html_theme_options = {
    "navbar_align": "left",
    "navbar_persistent": ["search-button"],
    "show_prev_next": False,  # the notebooks link to their neighbours themselves
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": [],
    "footer_end": [],
}


def plain_words(app, what, name, obj, options, lines: list[str]) -> None:
    """|x| and name_ are mathematics and words in our docstrings, and no references."""
    for number, line in enumerate(lines):
        parts = re.split(r"(``.*?``|`.*?`)", line)
        parts[::2] = [re.sub(r"\||(?<=\w)_(?!\w)", r"\\\g<0>", part) for part in parts[::2]]
        lines[number] = "".join(parts)


def named_by_its_words(app, pagename, templatename, context, doctree) -> None:
    """A fold is called what is written on it; MyST-NB gives it another name as well."""
    if "body" in context:
        context["body"] = context["body"].replace(' aria-label="Toggle hidden content"', "")


def setup(app) -> None:
    """Come before numpydoc, which reads the same lines."""
    app.connect("autodoc-process-docstring", plain_words, priority=100)
    app.connect("html-page-context", named_by_its_words)
