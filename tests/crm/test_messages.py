from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from core.origins import Origin
from crm.errors import BadTemplate
from crm.gateways.simulator import SmsSimulator
from crm.models import Message, MessageKind, MessageTemplate
from crm.rules.placeholders import PLACEHOLDERS, fill, one_line, unknown_placeholders
from crm.services import queue_message, resend_message, save_template, send_due_messages
from tests.crm.builders import a_customer
from tests.threads import at_once

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 1, 9, tzinfo=UTC)
ORDER = Origin("order", 7)


@pytest.fixture(autouse=True)
def sms(settings, tmp_path) -> SmsSimulator:
    settings.SMS_SIMULATOR_STORE = tmp_path / "sms.sqlite3"
    return SmsSimulator()


def ask(customer, **changes) -> None:
    values = {"number": "SO1", "total": "¥9.90", "pay_by": "18:00", "link": "https://shop.example/o/1"}
    queue_message(
        **{"kind": "order_placed", "customer": customer, "about": ORDER, "values": values} | changes
    )


def test_customer_gets_sms_and_mail_in_own_language_once(sms):
    customer = a_customer(name="Li Mei", phone="13812345678", email="mei@example.com", language="en")
    ask(customer)
    ask(customer)
    assert send_due_messages() == 2
    assert send_due_messages() == 0
    assert [(m.phone, m.body) for m in sms.taken()] == [
        ("+8613812345678", "Order SO1 over ¥9.90 received. https://shop.example/o/1")
    ]
    assert [m.subject for m in mail.outbox] == ["We have your order SO1"]
    assert mail.outbox[0].body.startswith("Hello Li Mei,\n")
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}


def test_customer_without_language_gets_the_shop_s_and_without_address_nothing(sms, settings):
    settings.LANGUAGE_CODE = "zh-hans"
    ask(a_customer(phone="13812345678"))
    ask(a_customer(phone="13812345679"), version="2")
    customer = a_customer(name="无", phone="13812345670")
    type(customer).objects.filter(pk=customer.pk).update(phone=None)
    customer.refresh_from_db()
    ask(customer, version="3")
    send_due_messages()
    assert [m.body for m in sms.taken()] == ["订单SO1已提交，合计¥9.90。查看：https://shop.example/o/1"] * 2


def test_message_of_a_rolled_back_caller_is_never_sent(sms):
    customer = a_customer()
    with transaction.atomic():
        ask(customer)
        transaction.set_rollback(True)
    assert send_due_messages() == 0
    assert sms.taken() == []


def test_refused_message_is_tried_again_later_and_given_up_after_five(sms):
    customer = a_customer()
    sms.be(*["refuse"] * 5)
    with clock.virtual(START) as time:
        ask(customer)
        for _ in range(7):
            send_due_messages()
            send_due_messages()  # not before its pause is over
            time.move_by(timedelta(hours=3))
        message = Message.objects.get()
        assert (message.state, message.attempts) == ("parked", 5)
        resend_message(message_id=message.pk)
        assert send_due_messages() == 1
    assert len(sms.taken()) == 1


def test_lost_answer_is_asked_for_and_not_sent_again(sms):
    customer = a_customer()
    sms.be("lose_answer")
    with clock.virtual(START) as time:
        ask(customer)
        assert send_due_messages() == 0
        assert Message.objects.get().state == "unknown"
        time.move_by(timedelta(hours=1))
        assert send_due_messages() == 1
    assert Message.objects.get().provider_ref == "SIM1"
    assert len(sms.taken()) == 1


def test_worker_that_died_after_the_call_leaves_one_message(sms, monkeypatch):
    customer = a_customer()
    with clock.virtual(START) as time:
        ask(customer)
        with monkeypatch.context() as patch:
            patch.setattr("core.faults.crash_point", lambda name: _die(name, "messages.after_call"))
            with pytest.raises(SystemExit):
                send_due_messages()
        assert Message.objects.get().state == "sending"
        assert send_due_messages() == 0  # another worker may still be at it
        time.move_by(timedelta(minutes=3))
        assert send_due_messages() == 1
    assert len(sms.taken()) == 1


def _die(name: str, at: str) -> None:
    if name == at:
        raise SystemExit


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_message_once(sms):
    for number in range(20):
        ask(a_customer(), about=Origin("order", number))
    assert sum(at_once(3, lambda _: send_due_messages())) == 20
    assert len({m.key for m in sms.taken()}) == len(sms.taken()) == 20


@pytest.mark.django_db(transaction=True)
def test_without_the_unique_row_a_replay_sends_twice(sms):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE crm_message DROP CONSTRAINT crm_message_once")
    try:
        customer = a_customer()
        ask(customer)
        ask(customer)
        send_due_messages()
        assert len(sms.taken()) == 2
    finally:
        Message.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE crm_message ADD CONSTRAINT crm_message_once"
                " UNIQUE (kind, about_kind, about_id, version, channel)"
            )


@pytest.mark.parametrize("kind", MessageKind.values)
def test_every_kind_has_texts_that_use_only_its_placeholders(kind):
    texts = MessageTemplate.objects.filter(kind=kind)
    assert {(t.language, t.channel) for t in texts} == {
        (language, channel) for language in ("zh-hans", "en") for channel in ("sms", "email")
    }
    assert [unknown_placeholders(kind, t.subject + t.body) for t in texts] == [[]] * 4


@pytest.mark.parametrize(
    "text",
    [
        "{{ settings.SECRET_KEY }}",
        "{number.__class__}",
        "{0}",
        "{number!r}",
        "{number:>99999999}",
        "{reason}",
        "{",
        "}",
        "{}",
        "{% include 'x' %}",
    ],
)
def test_text_that_is_more_than_text_is_refused_and_printed_as_it_stands(text):
    template = MessageTemplate.objects.get(kind="order_placed", language="en", channel="sms")
    template.body = text
    with pytest.raises(BadTemplate):
        save_template(template=template)
    assert not MessageTemplate.objects.filter(body=text).exists()
    assert fill("order_placed", text, {"number": "SO1", "reason": "secret"}) == text


@given(st.text(), st.dictionaries(st.sampled_from(sorted(PLACEHOLDERS["order_placed"])), st.text()))
def test_values_are_never_read_as_text(text, values):
    filled = fill("order_placed", "<{name}|{number}>", values | {"name": text})
    assert filled.count("<") == (text + values.get("number", "")).count("<") + 1


def test_no_line_break_gets_into_a_subject():
    assert "\n" not in one_line("order\r\nBcc: everybody@example.com")
