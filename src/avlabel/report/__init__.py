"""A page about labels that needs nothing but a browser."""
