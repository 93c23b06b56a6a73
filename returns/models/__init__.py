from .cases import Inspection, ReturnCase, ReturnLine, ReturnPolicy

__all__ = ["Inspection", "ReturnCase", "ReturnLine", "ReturnPolicy"]
