"""`cambench explore`: the report's page on all images of a finished run, from a server on this machine."""
