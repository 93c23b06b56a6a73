from typing import Any

from django.core.management.base import BaseCommand

from storefront.services import index_texts


class Command(BaseCommand):
    help = "Builds the search vectors of all product texts anew."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{index_texts()} texts indexed")
