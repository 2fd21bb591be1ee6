"""Between the core types and the tables that store them."""
