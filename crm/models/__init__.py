from .consents import Consent
from .customers import Customer
from .user import User

__all__ = ["Consent", "Customer", "User"]
