"""The one error that bad input raises."""


class InputError(ValueError):
    """Input that cannot be used as it is.

    The message is meant for the user: it names the file, row, key or argument, says what was
    expected, and what to do. Scripts and the command line print it without a traceback and exit 1.
    """
