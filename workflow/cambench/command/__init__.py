"""The `cambench` command: each file whose name has no underscore at its front is a subcommand.

Such a file has a docstring, which is the help (the first line is short), a function `arguments`, which adds arguments
to a parser, and a function `main`, which gets them parsed.
"""
