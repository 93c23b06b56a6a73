from .consents import record_consent, withdraw_consent
from .customers import find_or_create_customer, read_phone

__all__ = ["find_or_create_customer", "read_phone", "record_consent", "withdraw_consent"]
