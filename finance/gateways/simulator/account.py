"""The merchant's account at the provider: its identity, its fee rate, and the keys of both sides.

The provider's private keys stay in its own file. The folder for the merchant holds what a merchant gets from
the provider's web site: account.json, the provider's public keys and the token of the control door, and a key
pair of the merchant, made on the first start unless `merchant_public.pem` is there already (registered).
"""

import json
import os
import secrets
import sqlite3
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa

from finance.gateways.rsa2 import (
    load_private_key,
    load_public_key,
    private_pem,
    public_pem,
    text_to_sign,
    verify,
)
from finance.gateways.simulator.forgeries import signed
from finance.gateways.simulator.store import Store, keep_setting, setting

ACCOUNT_FILE = "account.json"
TOKEN_FILE = "control.token"  # noqa: S105 - a file name
MERCHANT_PRIVATE = "merchant_private.pem"
MERCHANT_PUBLIC = "merchant_public.pem"
_SIGNING, _KEY = "signing_key", "private_key:"


@dataclass(frozen=True)
class Identity:
    app_id: str = "9021000000000001"
    seller_id: str = "2088000000000001"
    fee_rate: Decimal = Decimal("0.006")


class Account:
    """Opened once per process. Files it writes are readable by their owner only."""

    def __init__(self, store: Store, folder: Path, identity: Identity) -> None:
        self._store = store
        self._folder = folder
        self.identity = identity
        self.public_url = ""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with store.transaction() as db:
            keep_setting(db, "app_id", identity.app_id)
            keep_setting(db, "seller_id", identity.seller_id)
            if setting(db, _SIGNING) is None:
                _add_key(db, "k1")
        if not (folder / MERCHANT_PUBLIC).exists():
            key = rsa.generate_private_key(65537, 2048)
            write_private(folder / MERCHANT_PRIVATE, private_pem(key))
            write_private(folder / MERCHANT_PUBLIC, public_pem(key.public_key()))
        if not (folder / TOKEN_FILE).exists():
            write_private(folder / TOKEN_FILE, secrets.token_urlsafe(32))
        self.control_token = (folder / TOKEN_FILE).read_text().strip()

    def publish(self, public_url: str) -> None:
        """Write what the merchant needs to know, with the address under which we are reached."""
        self.public_url = public_url
        with self._store.transaction() as db:
            rows = db.execute("SELECT name, value FROM setting WHERE name LIKE 'private_key:%'").fetchall()
        keys = {row["name"].removeprefix(_KEY): load_private_key(row["value"]) for row in rows}
        for key_id, key in keys.items():
            write_private(self._folder / f"provider_public_{key_id}.pem", public_pem(key.public_key()))
        facts = {
            "gateway_url": f"{public_url}/gateway.do",
            "app_id": self.identity.app_id,
            "seller_id": self.identity.seller_id,
            "provider_keys": sorted(keys, key=lambda key_id: int(key_id[1:]))[-2:],
        }
        write_private(self._folder / ACCOUNT_FILE, json.dumps(facts, indent=1))

    def new_key(self) -> str:
        """Make the next provider key and publish it; the old one goes on signing until `sign_with`."""
        with self._store.transaction() as db:
            count = db.execute("SELECT count(*) FROM setting WHERE name LIKE 'private_key:%'").fetchone()[0]
            signing = setting(db, _SIGNING)
            _add_key(db, f"k{count + 1}")
            keep_setting(db, _SIGNING, signing)
        self.publish(self.public_url)
        return f"k{count + 1}"

    def sign_with(self, key_id: str) -> None:
        with self._store.transaction() as db:
            if setting(db, _KEY + key_id) is None:
                raise ValueError(f"no key {key_id!r}")
            keep_setting(db, _SIGNING, key_id)

    def signing_key(self) -> rsa.RSAPrivateKey:
        with self._store.transaction() as db:
            text = setting(db, _KEY + (setting(db, _SIGNING) or ""))
        return _loaded(text or "")

    def sign_fields(self, fields: dict[str, str]) -> dict[str, str]:
        return signed(fields, self.signing_key())

    def made_by_merchant(self, fields: dict[str, str]) -> bool:
        """Whether the registered merchant key signed exactly these fields."""
        key = load_public_key((self._folder / MERCHANT_PUBLIC).read_text())
        text = text_to_sign({name: value.encode() for name, value in fields.items()}, without=("sign",))
        return fields.get("sign_type") == "RSA2" and verify(text, fields.get("sign", ""), key)


@cache
def _loaded(pem: str) -> rsa.RSAPrivateKey:
    """Checking a private key takes longer than signing with it."""
    return load_private_key(pem)


def _add_key(db: sqlite3.Connection, key_id: str) -> None:
    keep_setting(db, _KEY + key_id, private_pem(rsa.generate_private_key(65537, 2048)))
    keep_setting(db, _SIGNING, key_id)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, never half of it."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    part.replace(path)
