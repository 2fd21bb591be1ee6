"""Whether labels can be right: rules with stable ids, their runner, and safe fixes."""
