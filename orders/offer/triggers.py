"""What an order has had stays what it was: refunds and reports rest on it, so the database keeps it."""

import pgtrigger

_REFUSED = """
        RAISE EXCEPTION 'shopsite: orders have had this promotion, its meaning stays; copy it instead'
            USING ERRCODE = '23514';
"""


def _kept(used: str, *, on_delete: bool) -> str:
    """Refuse while `used` finds an order; otherwise let the row pass."""
    return f"IF EXISTS ({used}) THEN {_REFUSED} END IF; RETURN {'OLD' if on_delete else 'NEW'};"


_OFFER = "SELECT FROM order_orderdiscount WHERE offer_id = OLD.id"
_PART = """
    SELECT FROM offer_conditionaloffer o JOIN order_orderdiscount d ON d.offer_id = o.id
     WHERE o.{column} = OLD.id
"""
GOODS = """
    SELECT FROM offer_conditionaloffer o
      JOIN offer_benefit b ON b.id = o.benefit_id JOIN offer_condition c ON c.id = o.condition_id
      JOIN order_orderdiscount d ON d.offer_id = o.id
     WHERE {range} IN (b.range_id, c.range_id)
"""


def _pair(used: str, *columns: str) -> list[pgtrigger.Trigger]:
    return [
        pgtrigger.Trigger(
            name="meaning_stays",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=pgtrigger.AnyChange(*columns),
            func=_kept(used, on_delete=False),
        ),
        pgtrigger.Trigger(
            name="used_is_kept",
            when=pgtrigger.Before,
            operation=pgtrigger.Delete,
            func=_kept(used, on_delete=True),
        ),
    ]


offer_stays = _pair(_OFFER, "benefit", "condition", "offer_type", "exclusive", "max_basket_applications")
benefit_stays = _pair(
    _PART.format(column="benefit_id"), "range", "type", "value", "max_affected_items", "proxy_class"
)
condition_stays = _pair(_PART.format(column="condition_id"), "range", "type", "value", "proxy_class")
range_stays = _pair(GOODS.format(range="OLD.id"), "includes_all_products", "proxy_class")
chosen_stay = [
    pgtrigger.Trigger(
        name="meaning_stays",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=f"""
            IF EXISTS ({GOODS.format(range="OLD.range_id")})
               OR EXISTS ({GOODS.format(range="NEW.range_id")}) THEN {_REFUSED} END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,
    )
]
