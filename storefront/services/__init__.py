"""Public writes of the shop: texts, pictures, baskets, codes."""

from .baskets import add_to_basket, adopt_basket, change_basket, count_pieces, find_basket
from .pictures import add_picture
from .products import publish_product, set_categories, set_price
from .texts import index_texts, write_category_text, write_product_text
from .vouchers import drop_code, enter_code

__all__ = [
    "add_picture",
    "add_to_basket",
    "adopt_basket",
    "change_basket",
    "count_pieces",
    "drop_code",
    "enter_code",
    "find_basket",
    "index_texts",
    "publish_product",
    "set_categories",
    "set_price",
    "write_category_text",
    "write_product_text",
]
