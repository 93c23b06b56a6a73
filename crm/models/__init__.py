from .consents import Consent
from .customers import Customer
from .messages import Channel, Message, MessageKind, MessageTemplate
from .user import User

__all__ = ["Channel", "Consent", "Customer", "Message", "MessageKind", "MessageTemplate", "User"]
