"""Numbers of a whole set about where objects are: what each image adds to them (pure numpy)."""
