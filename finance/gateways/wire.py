"""The one way out to a provider: HTTP without redirects, with limits, never inside a database transaction."""

from collections.abc import Callable, Mapping

import requests

from finance.gateways.base import CalledInsideTransaction, Unknown

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
CHUNK = 64 * 1024


class Wire:
    """Sends requests; anything but a complete answer with status 200 is Unknown.

    `inside_transaction` tells whether a database transaction is open in this thread; then every call raises
    CalledInsideTransaction, because a lock would be held while somebody else's machine thinks (F04).
    """

    def __init__(
        self,
        *,
        inside_transaction: Callable[[], bool],
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        self._inside_transaction = inside_transaction
        self._timeouts = (connect_seconds, read_seconds)

    def post(self, url: str, fields: Mapping[str, str], *, limit: int) -> bytes | Unknown:
        return self._send("POST", url, fields, limit)

    def get(self, url: str, *, limit: int) -> bytes | Unknown:
        return self._send("GET", url, None, limit)

    def _send(self, method: str, url: str, fields: Mapping[str, str] | None, limit: int) -> bytes | Unknown:
        if self._inside_transaction():
            raise CalledInsideTransaction("commit the request row first, then call the provider")
        try:
            with requests.Session() as session:
                # Neither proxies nor passwords from the surroundings take part in a payment.
                session.trust_env = False
                with session.request(
                    method, url, data=fields, timeout=self._timeouts, allow_redirects=False, stream=True
                ) as response:
                    if response.status_code != 200:
                        return Unknown(f"status {response.status_code}")
                    return _read(response, limit)
        except requests.RequestException as failure:
            return Unknown(type(failure).__name__)


def _read(response: requests.Response, limit: int) -> bytes | Unknown:
    body = bytearray()
    for chunk in response.iter_content(CHUNK):
        body += chunk
        if len(body) > limit:
            return Unknown(f"answer of more than {limit} bytes")
    return bytes(body)
