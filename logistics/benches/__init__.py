from . import courier_match

__all__ = ["courier_match"]
