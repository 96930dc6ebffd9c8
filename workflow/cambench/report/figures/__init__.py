"""Figures, one file per family."""
