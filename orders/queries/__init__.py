"""Public reads of the pipeline."""

from .promotion_words import category_titles, gain_words, money_words, sentences, title_of
from .promotions import (
    Door,
    Figures,
    State,
    code_uses,
    codes_of,
    daily_discounts,
    list_promotions,
    promotion_figures,
    promotion_uses,
    wish_of,
    words_of,
)

__all__ = [
    "Door",
    "Figures",
    "State",
    "category_titles",
    "code_uses",
    "codes_of",
    "daily_discounts",
    "gain_words",
    "list_promotions",
    "money_words",
    "promotion_figures",
    "promotion_uses",
    "sentences",
    "title_of",
    "wish_of",
    "words_of",
]
