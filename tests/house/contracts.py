"""Contracts of our own for import-linter: what it does not know about rooms and faces."""

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

FACE = frozenset({"services", "queries", "events", "errors"})


class PublicFaceContract(Contract):
    """Of another app only services, queries, events and errors are used; forks also by those named.

    `apps` are the apps, `open_to` are importers that may also use the nested Oscar forks, `forks` lists
    these packages.
    """

    type_name = "public_face"

    apps = fields.ListField(subfield=fields.StringField())
    forks = fields.ListField(subfield=fields.StringField())
    open_to = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        breaches = sorted(
            (importer, imported, line["line_number"])
            for importer in graph.modules
            for imported in graph.find_modules_directly_imported_by(importer)
            if self._crosses(importer, imported)
            for line in graph.get_import_details(importer=importer, imported=imported)
        )
        return ContractCheck(kept=not breaches, metadata={"breaches": breaches})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported, line in check.metadata["breaches"]:
            public = ", ".join(sorted(FACE))
            output.print_error(f"{importer} (l.{line}) uses {imported}: only {public} are public")

    def _crosses(self, importer: str, imported: str) -> bool:
        here, there = importer.split("."), imported.split(".")
        if here[0] == there[0] or there[0] not in self.apps or here[0] not in self.apps:
            return False
        if len(there) < 2 or there[1] in FACE:
            return False
        is_fork = ".".join(there[:2]) in self.forks
        from_fork = ".".join(here[:2]) in self.forks
        return not (is_fork and (from_fork or here[0] in self.open_to))
