"""How good labels are: detection, errors and tracking against a truth."""
