"""Settings for the type checker: it reads the models and asks no server."""

from .base import *  # noqa: F403
