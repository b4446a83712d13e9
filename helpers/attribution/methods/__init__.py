"""The attribution methods, one small function each; `helpers.attribution.registry` lists them."""
