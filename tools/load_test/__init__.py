"""Simulated students against the real hub of deploy/, on loopback, for a bounded time."""
