"""An Alipay-shaped provider that runs as a process of its own, with its own books in SQLite.

`python -m finance.gateways.simulator --port 9100 --store provider.sqlite --keys keys/` starts it. Its books
are the oracle of the tests and of the demo: they are kept by code that shares nothing with our ledger. A
control door (loopback and token only) sets its clock and makes it delay, cut, repeat, reorder, drop, forge.
"""
