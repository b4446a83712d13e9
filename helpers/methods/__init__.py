"""The attribution methods, one small function each; `helpers.attribution` lists them."""
