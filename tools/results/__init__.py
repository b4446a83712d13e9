"""The long run behind the stored results: what is computed, how, and whether it still holds."""
