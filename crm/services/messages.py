"""Messages to customers: asked for in the caller's transaction, sent afterwards by intent, call, record."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from core import clock, faults
from core.events import wake
from core.origins import Origin
from core.rows import columns_of, table_of, values_of
from crm.errors import BadTemplate, NoTemplate
from crm.gateways import TryAgain, Unknown, carrier_for
from crm.models import Channel, Customer, Message, MessageTemplate
from crm.rules.placeholders import fill, one_line, unknown_placeholders

logger = logging.getLogger(__name__)
MAX_ATTEMPTS: Final = 5
BACKOFF: Final = [timedelta(minutes=m) for m in (1, 5, 30, 120, 120)]
LEASE: Final = timedelta(minutes=2)  # longer than a carrier may take to answer
SEND_TASK: Final = "crm.tasks.send_messages"
State = Message.State


@dataclass(frozen=True, slots=True)
class Recipient:
    """What of a customer a message needs, for a caller that has read no more than this."""

    pk: int
    name: str
    phone: str | None
    email: str
    language: str


def queue_message(
    *, kind: str, customer: Customer | Recipient, about: Origin, version: str = "1", values: dict[str, str]
) -> None:
    """Ask for a message to a customer about a document, by SMS and e-mail as far as there is an address.

    Written in the caller's transaction. Asking again for the same kind, document and version sends
    nothing more (F93). The customer's name is always among the values. Raises NoTemplate when nobody
    has written a text for this kind.
    """
    values = {"name": customer.name} | values
    addresses = {Channel.SMS: str(customer.phone or ""), Channel.EMAIL: customer.email}
    templates = _templates(kind, customer.language or settings.LANGUAGE_CODE)
    if not templates:
        raise NoTemplate(_("There is no text for the message “%(kind)s”. Write one first.") % {"kind": kind})
    now = clock.now()
    messages = [
        Message(
            kind=kind,
            customer_id=customer.pk,
            language=template.language,
            channel=template.channel,
            to=addresses[Channel(template.channel)],
            subject=one_line(fill(kind, template.subject, values)),
            body=fill(kind, template.body, values),
            about_kind=about.kind,
            about_id=about.id,
            version=version,
            due_at=now,
            created_at=now,
        )
        for template in templates
        if addresses[Channel(template.channel)]
    ]
    if messages:
        _insert(messages)
        wake.after_commit(SEND_TASK, queue="default")


def _insert(messages: Sequence[Message]) -> None:
    """Store those that nobody has asked for yet."""
    columns = columns_of(Message)
    row = f"({', '.join(['%s'] * len(columns))})"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table_of(Message)} ({', '.join(name for name, _field in columns)})"  # noqa: S608
            f" VALUES {', '.join([row] * len(messages))} ON CONFLICT DO NOTHING",
            [value for message in messages for value in values_of(message, columns)],
        )


def save_template(*, template: MessageTemplate) -> MessageTemplate:
    """Store a text. Raises BadTemplate for anything in braces that its kind does not offer (F70)."""
    unknown = unknown_placeholders(template.kind, template.subject + template.body)
    if unknown:
        raise BadTemplate(
            _("This message has no %(unknown)s. Use only the placeholders that are listed.")
            % {"unknown": ", ".join(unknown)}
        )
    template.save()
    return template


def send_due_messages(*, limit: int = 200) -> int:
    """Send what is due, one after the other, never inside a transaction. Returns how many were sent."""
    sent = 0
    for _number in range(limit):
        message = _claim()
        if message is None:
            break
        sent += _send(message)
    return sent


def resend_message(*, message_id: int) -> None:
    """Give a message that was given up its attempts back."""
    Message.objects.filter(pk=message_id, state=State.PARKED).update(
        state=State.UNKNOWN, attempts=0, due_at=clock.now()
    )


@transaction.atomic
def _claim() -> Message | None:
    """The intent: take one message, count the attempt and commit, before anybody outside is called.

    A message found in `sending` belonged to a worker that died: it may have been sent.
    """
    message = (
        Message.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state__in=[State.DUE, State.SENDING, State.UNKNOWN], due_at__lte=clock.now())
        .order_by("due_at", "id")
        .first()
    )
    if message is None:
        return None
    before = message.state
    message.attempts += 1
    message.state, message.due_at = State.SENDING, clock.now() + LEASE
    message.save(update_fields=["attempts", "state", "due_at"])
    message.state = before
    return message


def _send(message: Message) -> bool:
    """The call and the record. A message of unknown fate is asked about before it is sent again."""
    carrier, key = carrier_for(message.channel), f"message-{message.pk}"
    faults.crash_point("messages.after_intent")
    try:
        answer = carrier.find(key=key) if message.state != State.DUE else None
        answer = answer or carrier.send(key=key, to=message.to, subject=message.subject, body=message.body)
    except TryAgain as error:
        return _put_off(message, State.DUE, error)
    except Unknown as error:
        return _put_off(message, State.UNKNOWN, error)
    faults.crash_point("messages.after_call")
    _record(message, state=State.SENT, sent_at=clock.now(), provider_ref=answer.reference, error="")
    return True


def _put_off(message: Message, state: str, error: Exception) -> bool:
    given_up = message.attempts >= MAX_ATTEMPTS
    if given_up:
        logger.error("message %s is given up after %s attempts", message.pk, message.attempts)
    _record(
        message,
        state=State.PARKED if given_up else state,
        due_at=clock.now() + BACKOFF[min(message.attempts, len(BACKOFF)) - 1],
        error=str(error)[:500],
    )
    return False


def _record(message: Message, **values: str | datetime) -> None:
    Message.objects.filter(pk=message.pk, attempts=message.attempts, state=State.SENDING).update(**values)


class _Text(NamedTuple):
    channel: str
    language: str
    subject: str
    body: str


def _templates(kind: str, language: str) -> list[_Text]:
    """One text per channel: in the customer's language, else in the shop's."""
    languages = list(dict.fromkeys([language, settings.LANGUAGE_CODE, "zh-hans", "en"]))
    with connection.cursor() as cursor:
        cursor.execute(_CHOSEN, {"kind": kind, "languages": languages})
        return [_Text(*row) for row in cursor.fetchall()]


_CHOSEN = """
    SELECT DISTINCT ON (channel) channel, language, subject, body
      FROM crm_messagetemplate
     WHERE kind = %(kind)s AND language = ANY(%(languages)s)
     ORDER BY channel, array_position(%(languages)s, language::text)
"""
