from . import cases, desk

__all__ = ["cases", "desk"]
