"""Records: the numbers of one network and method on one data set, with all that decides them, as a small file."""
