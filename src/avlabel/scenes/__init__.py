"""The scene on disk: Parquet tables, published by one commit."""
