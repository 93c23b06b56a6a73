"""Which gateway speaks for a provider account, made from settings and the folder with its keys."""

import json
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.urls import reverse

from core import clock
from finance.errors import PaymentError
from finance.gateways.alipay import AlipayGateway, AlipaySettings
from finance.gateways.base import PaymentGateway

ALIPAY = "alipay"


def gateway_for(provider: str) -> PaymentGateway:
    """The gateway of a provider by its code. Raises PaymentError for one that we cannot talk to."""
    if provider != ALIPAY:
        raise PaymentError(f"There is no gateway for “{provider}”: choose another way to pay.")
    folder = Path(settings.ALIPAY["keys_dir"])
    facts = folder / "account.json"
    if not (folder / "merchant_private.pem").exists():
        raise PaymentError(f"The keys of Alipay are missing: put them into {folder}.")
    return _alipay(folder, facts.stat().st_mtime_ns if facts.exists() else 0, settings.SITE_URL.rstrip("/"))


@lru_cache(maxsize=4)
def _alipay(folder: Path, version: int, site: str) -> AlipayGateway:
    """`version` changes with the provider's facts, for example when it has a new key."""
    facts = dict(settings.ALIPAY)
    if version:
        facts |= json.loads((folder / "account.json").read_text())
    names = facts.get("provider_keys") or [
        path.stem.removeprefix("provider_public_") for path in folder.glob("provider_public_*.pem")
    ]
    return AlipayGateway(
        AlipaySettings(
            gateway_url=facts["gateway_url"],
            app_id=facts["app_id"],
            seller_id=facts["seller_id"],
            merchant_private_key=(folder / "merchant_private.pem").read_text(),
            provider_public_keys={
                name: (folder / f"provider_public_{name}.pem").read_text() for name in names
            },
            notify_url=site + reverse("finance:notify", args=[ALIPAY]),
            return_url=site + reverse("finance:return", args=[ALIPAY]),
        ),
        now=clock.now,
        inside_transaction=lambda: connection.in_atomic_block,
    )
