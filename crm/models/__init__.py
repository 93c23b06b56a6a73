from .consents import Consent
from .customers import Customer
from .messages import Channel, Message, MessageKind, MessageTemplate
from .reveals import Reveal
from .user import User

__all__ = ["Channel", "Consent", "Customer", "Message", "MessageKind", "MessageTemplate", "Reveal", "User"]
