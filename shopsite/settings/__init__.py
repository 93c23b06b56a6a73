"""Settings come from the environment; `.env.example` lists every name."""

from .base import *  # noqa: F403
