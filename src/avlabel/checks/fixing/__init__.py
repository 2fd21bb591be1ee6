"""Safe fixes: edits by the author ``check``, which can be undone; what people did stays."""
