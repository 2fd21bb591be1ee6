"""Geometry of boxes and polygons, vectorised or compiled, free of any file."""
