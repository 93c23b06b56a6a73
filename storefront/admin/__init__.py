from . import categories, products

__all__ = ["categories", "products"]
