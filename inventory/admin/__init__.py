from . import demand, policies, stock

__all__ = ["demand", "policies", "stock"]
