"""Files of a run: where they lie, how chunks are written and read, and how a store is finished."""
