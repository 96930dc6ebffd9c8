"""The stages on images in memory, for notebooks and scripts: `cambench.evaluate`, `cambench.adcc`."""
