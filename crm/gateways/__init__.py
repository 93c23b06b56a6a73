"""The outside systems that carry messages, chosen by setting and called outside transactions."""

from typing import Final

from django.conf import settings
from django.utils.module_loading import import_string

from .protocol import Carrier, Sent, TryAgain, Unknown

DEFAULTS: Final = {
    "email": "crm.gateways.mail.DjangoMail",
    "sms": "crm.gateways.simulator.SmsSimulator",
}


def carrier_for(channel: str) -> Carrier:
    """The carrier of a channel, as settings.MESSAGE_CARRIERS or the default says."""
    return import_string((DEFAULTS | getattr(settings, "MESSAGE_CARRIERS", {}))[channel])()


__all__ = ["Carrier", "Sent", "TryAgain", "Unknown", "carrier_for"]
