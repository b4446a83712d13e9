"""How much of the stored figures strict viewers let through."""
