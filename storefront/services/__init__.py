"""Public writes of the shop: texts, pictures, baskets."""

from .baskets import add_to_basket, adopt_basket, change_basket, count_pieces, find_basket
from .pictures import add_picture
from .texts import index_texts, write_category_text, write_product_text

__all__ = [
    "add_picture",
    "add_to_basket",
    "adopt_basket",
    "change_basket",
    "count_pieces",
    "find_basket",
    "index_texts",
    "write_category_text",
    "write_product_text",
]
