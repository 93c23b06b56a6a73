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
from .services import awaiting_service, open_services, services_by_hand, whereabouts

__all__ = [
    "Door",
    "Figures",
    "State",
    "awaiting_service",
    "category_titles",
    "code_uses",
    "codes_of",
    "daily_discounts",
    "gain_words",
    "list_promotions",
    "money_words",
    "open_services",
    "promotion_figures",
    "promotion_uses",
    "sentences",
    "services_by_hand",
    "title_of",
    "whereabouts",
    "wish_of",
    "words_of",
]
