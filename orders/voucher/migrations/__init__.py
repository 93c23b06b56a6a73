"""Ours are written here; Oscar's own are read from the installed package."""

import oscar.apps.voucher.migrations as upstream

__path__ = [*__path__, *upstream.__path__]
