from . import orders, promotions, review

__all__ = ["orders", "promotions", "review"]
