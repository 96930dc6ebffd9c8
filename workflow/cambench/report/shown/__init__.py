"""The images that pages show: in which order, which of them the report holds, and what it holds of each."""
