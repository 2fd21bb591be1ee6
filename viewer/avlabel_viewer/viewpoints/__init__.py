"""How a view maps the world onto its pixels, and back."""
