"""Read a configuration, check it, and try its networks before any work."""
