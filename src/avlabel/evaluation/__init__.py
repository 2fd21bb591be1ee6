"""How good the labels are, against a truth."""
