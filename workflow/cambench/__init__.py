"""cambench: measure how good class activation maps are, as a cached, reproducible workflow."""

__version__ = "0.1.0"
