"""Calibrations of other programs and data sets, read as far as they go."""
