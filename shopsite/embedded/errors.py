"""What can go wrong with the embedded servers; the message says what to do next."""


class EmbeddedError(Exception):
    """A server could not be found or started."""
