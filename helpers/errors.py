"""The one exception that readers meet."""


class HelpersError(ValueError):
    """Something a reader can put right: what was wrong, what was expected, what to do."""
