"""How boxes are changed: by hand, by points, over time. Values in, values out."""
