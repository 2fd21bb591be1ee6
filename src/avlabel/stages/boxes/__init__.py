"""The boxes of another detector: tracked and smoothed without any points."""
