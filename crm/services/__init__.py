from .accounts import change_profile, open_account
from .consents import Agreed, record_consent, record_consents, withdraw_consent
from .customers import find_or_create_customer, read_phone
from .messages import Recipient, queue_message, resend_message, save_template, send_due_messages
from .reveals import reveal_customer

__all__ = [
    "Agreed",
    "Recipient",
    "change_profile",
    "find_or_create_customer",
    "open_account",
    "queue_message",
    "read_phone",
    "record_consent",
    "record_consents",
    "resend_message",
    "reveal_customer",
    "save_template",
    "send_due_messages",
    "withdraw_consent",
]
