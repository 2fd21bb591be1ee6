"""Whether the calibration of a recording can be right: rules with stable ids, and their runner."""
