"""Build a network, open it at its target layer, and ask it for what methods need."""
