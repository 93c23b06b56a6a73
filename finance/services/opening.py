"""Books for another company, or another currency, that an import brings along."""

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import InvalidInput
from core.models import LegalEntity
from finance.models import MoneyAccount


@transaction.atomic
def open_books(
    *, currency: str, entity: str = "", account: str = "", create: bool = False
) -> tuple[LegalEntity, MoneyAccount]:
    """The legal entity whose books are kept in a currency, and the account that its money comes into.

    `entity` and `account` are codes; without them the default ones of that currency. With `create` what is
    missing is made. Raises InvalidInput that says what is missing.
    """
    company = (
        LegalEntity.objects.filter(code=entity).first()
        if entity
        else LegalEntity.objects.filter(currency=currency).order_by("-is_default", "pk").first()
    )
    if company is None:
        code = entity or currency.lower()
        if not create:
            raise InvalidInput(
                _("No legal entity keeps books in %(currency)s. Add one, or allow the import to (--create).")
                % {"currency": currency}
            )
        company = LegalEntity.objects.create(code=code, name=code.upper(), currency=currency)
    if company.currency != currency:
        raise InvalidInput(
            _("The books of %(entity)s are kept in %(theirs)s, the orders are in %(ours)s. Name another one.")
            % {"entity": company.name, "theirs": company.currency, "ours": currency}
        )
    return company, _account(company, account, create)


def _account(company: LegalEntity, code: str, create: bool) -> MoneyAccount:
    places = MoneyAccount.objects.filter(entity=company)
    found = (
        places.filter(code=code).first()
        if code
        else places.filter(kind=MoneyAccount.Kind.BANK).order_by("-is_default", "pk").first()
    )
    if found is not None:
        return found
    if not create:
        raise InvalidInput(
            _("%(entity)s has no account “%(code)s”. Add it, or allow the import to (--create).")
            % {"entity": company.name, "code": code or MoneyAccount.Kind.BANK}
        )
    return MoneyAccount.objects.create(
        code=code or f"bank-{company.code}",
        kind=MoneyAccount.Kind.BANK,
        name=code or f"Bank {company.code}",
        currency=company.currency,
        entity=company,
        is_default=not places.filter(kind=MoneyAccount.Kind.BANK, is_default=True).exists(),
    )
