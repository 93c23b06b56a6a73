"""Alipay's signature, RSA2: SHA256withRSA, PKCS#1 v1.5, base64, over sorted `key=value` pairs."""

import base64
import binascii
from collections.abc import Iterable, Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

SMALLEST_KEY = 2048


def text_to_sign(fields: Mapping[str, bytes], *, without: Iterable[str]) -> bytes:
    """The bytes that are signed: every field but `without`, unknown ones too, sorted (FORMATS 2.6)."""
    left_out = set(without)
    return b"&".join(
        key.encode() + b"=" + value for key, value in sorted(fields.items()) if key not in left_out
    )


def sign(text: bytes, key: rsa.RSAPrivateKey) -> str:
    return base64.b64encode(key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()


def verify(text: bytes, signature: str, key: rsa.RSAPublicKey) -> bool:
    """True only for a complete, well-formed signature by exactly this key and algorithm."""
    try:
        raw = base64.b64decode(signature, validate=True)
        key.verify(raw, text, padding.PKCS1v15(), hashes.SHA256())
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return True


def load_public_key(text: str) -> rsa.RSAPublicKey:
    """A public key as PEM or, as the provider's web page shows it, as bare base64."""
    key = serialization.load_pem_public_key(_pem(text, "PUBLIC KEY"))
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("not an RSA key")
    _refuse_weak(key)
    return key


def load_private_key(text: str) -> rsa.RSAPrivateKey:
    """A private key as PEM or bare base64 of PKCS#8."""
    key = serialization.load_pem_private_key(_pem(text, "PRIVATE KEY"), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("not an RSA key")
    _refuse_weak(key)
    return key


def public_pem(key: rsa.RSAPublicKey) -> str:
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def private_pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _pem(text: str, label: str) -> bytes:
    if "-----BEGIN" in text:
        return text.encode()
    return f"-----BEGIN {label}-----\n{text.strip()}\n-----END {label}-----\n".encode()


def _refuse_weak(key: rsa.RSAPublicKey | rsa.RSAPrivateKey) -> None:
    if key.key_size < SMALLEST_KEY:
        raise ValueError(f"an RSA key of at least {SMALLEST_KEY} bits is needed")


class KeyRing:
    """The provider's public keys by id. Two may be valid at a time, so that a key can be changed without a
    lost notification; messages do not name their key, so each is tried."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        if not 1 <= len(keys) <= 2:
            raise ValueError("one provider key, or two while they are being changed")
        self._keys = {key_id: load_public_key(text) for key_id, text in keys.items()}

    def signer_of(self, text: bytes, signature: str) -> str | None:
        """Id of the key that made this signature, None if none did."""
        return next((key_id for key_id, key in self._keys.items() if verify(text, signature, key)), None)
