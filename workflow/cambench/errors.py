"""The one exception that users are meant to read."""


class InputError(Exception):
    """Something the user gave (config, file, network, image) cannot be used.

    Its message is one line that names the thing at fault; workflow jobs print it without a traceback.
    """
