"""Reports of checks: pages that need nothing but a browser."""
