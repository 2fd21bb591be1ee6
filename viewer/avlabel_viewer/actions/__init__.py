"""Everything a person can call by key, menu or name: one table."""
