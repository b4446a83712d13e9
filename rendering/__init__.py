"""Scenes for the notebooks, modelled in code and rendered with Blender's Cycles.

Run ``python -m rendering --help`` in an environment with ``bpy`` 5.0.1 and Pillow.
Nothing here is needed to read the pictures: ``helpers.scenes`` reads what this package wrote.
"""
