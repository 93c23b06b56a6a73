"""Where Oscar looks for its strategy: ours stands among the queries, since all it does is ask them."""

from inventory.queries.strategy import Selector

__all__ = ["Selector"]
