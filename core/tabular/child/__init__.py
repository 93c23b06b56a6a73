"""What runs in the confined process only: every parser of workbooks, archives, HTML and XML (F54).

Nothing here is imported by the worker; `core.tabular.confined` starts `child.main` and reads plain rows.
"""
