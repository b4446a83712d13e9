"""What a map must beat before it says anything: maps that know one thing each."""

__all__ = ["CONTROLS"]

CONTROLS = ("random_map", "edge_map")
