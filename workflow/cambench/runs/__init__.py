"""Read a finished run from its folder, wherever that lies: `cambench.open_run`."""
