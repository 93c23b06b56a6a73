from . import orders, review

__all__ = ["orders", "review"]
