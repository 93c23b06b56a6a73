"""How commands end: figures as a line for a person or as one JSON object for a program, and an exit code."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError

from core.errors import DomainError

ALL, REFUSED, NOT_RUN, TO_REVIEW = 0, 1, 2, 3


class NotRun(Exception):
    """What the command was pointed at is not there. The message says what to correct."""


class FiguresCommand(BaseCommand):
    """A command whose outcome is figures: `work` makes them, how they are told and ended with is here."""

    hindrances: tuple[type[Exception], ...] = (OSError, DatabaseError)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object last")

    def work(self, options: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """Do it; the figures and the exit code. Raises DomainError, NotRun or one of the hindrances."""
        raise NotImplementedError

    def line(self, figures: Mapping[str, Any]) -> str:
        """What a person reads instead of the JSON object."""
        return ", ".join(f"{key} {value}" for key, value in figures.items())

    def handle(self, *args: Any, **options: Any) -> None:
        said = ""
        try:
            figures, code = self.work(options)
        except DomainError as refused:
            said, code = str(refused), REFUSED
            figures = {"refused": said}
        except NotRun as error:
            said, code = str(error), NOT_RUN
            figures = {"error": said}
        except self.hindrances as error:
            said, code = f"could not run: {error}", NOT_RUN
            figures = {"error": said}
        if said:
            self.stderr.write(said)
        if options["json"]:
            self.stdout.write(json.dumps(figures, cls=DjangoJSONEncoder, ensure_ascii=False))
        elif not said:
            self.stdout.write(self.line(figures))
        if code:
            sys.exit(code)
