"""XML documents (CAMT, OFX 2) as a plain tree, parsed in the confined process (FORMATS R15)."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from .blobs import Blob, as_blob
from .confined import Child
from .limits import STANDARD, Limits
from .problems import RefusedFile
from .recognise import Kind, recognise, refuse_what_is_no_table
from .text import encodings

XML_KINDS = {Kind.CAMT, Kind.OFX_XML, Kind.XML, Kind.SPREADSHEETML}
MAX_NODES = 5_000_000


@dataclass(slots=True)
class Node:
    """An element by its local name; `space` is its namespace, `text` the text directly inside it."""

    name: str
    space: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: list["Node"] = field(default_factory=list)

    def find(self, *path: str) -> Self | None:
        """The first element at this path of local names."""
        return next(iter(self.find_all(*path)), None)

    def find_all(self, *path: str) -> list[Self]:
        found = [self]
        for name in path:
            found = [child for node in found for child in node.children if child.name == name]  # type: ignore[misc]
        return found

    def text_at(self, *path: str) -> str:
        """The stripped text at this path, empty when there is no such element."""
        node = self.find(*path)
        return node.text.strip() if node else ""


def read_xml(source: bytes | str | Path | Blob, *, name: str = "", limits: Limits = STANDARD) -> Node:
    """The root of an XML document. A document type, entities and external references are refused."""
    blob = as_blob(source, name)
    kind = recognise(blob)
    refuse_what_is_no_table(kind)
    if kind not in XML_KINDS:
        raise RefusedFile("signature_missing")
    encoding = next(iter(encodings(blob)), None)
    if encoding is None:
        raise RefusedFile("undecodable")
    with Child(blob, task="xml", limits=limits, encoding=encoding) as child:
        return _tree(child)


def _tree(child: Child) -> Node:
    top = Node("")
    open_nodes = [top]
    count = 0
    for batch in child.ask("events"):
        for event, value, attributes in batch:
            if event == "start":
                node = Node(value, attributes.pop("xmlns", ""), attributes)
                open_nodes[-1].children.append(node)
                open_nodes.append(node)
                count += 1
            elif event == "end":
                open_nodes.pop()
            else:
                open_nodes[-1].text += value
        if count > MAX_NODES:
            raise RefusedFile("no_memory")
    if not top.children:
        raise RefusedFile("unreadable")
    return top.children[0]
