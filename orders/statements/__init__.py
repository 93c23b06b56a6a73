"""Readers of files that hold orders."""

from .foreign_orders import COLUMNS, ForeignFile, read_orders

__all__ = ["COLUMNS", "ForeignFile", "read_orders"]
