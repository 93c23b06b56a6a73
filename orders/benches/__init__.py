from . import wide_skus

__all__ = ["wide_skus"]
