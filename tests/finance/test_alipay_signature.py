"""The signature rule against known answers, made with another tool (openssl)."""

import os
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from finance.gateways.alipay_notices import NOT_SIGNED
from finance.gateways.rsa2 import (
    KeyRing,
    load_private_key,
    load_public_key,
    private_pem,
    public_pem,
    sign,
    text_to_sign,
    verify,
)

TEXT = "app_id=9021000000000001&out_trade_no=P000001&subject=桌上加湿器 白&total_amount=128.00".encode()
SIGNATURE = (
    "p5U1ojudx3Yk2SJGHXCgnVGZMJwVuK1IaxxATcN0Bu5OTLfQAwDbWRE4wVTfanYB9pUCkw612VD7/mK+9BZ3JdevVh"
    "+p8OY0cctpG7XV2EuFEAVtNr53sxDyuMv/yh4soLIevcjUMxBpMYHNNfIkb7GpfESMolH+ab7bc5s1hdDihsK1uJPD"
    "i9fQ6+bO4EzXVct7evl79C9x4fkZ0GomeY5orGr/B3dgFT3zUaztiusE0GqJx67/sKiF0M15YQovdP0x8It1/zvcIy"
    "4iSZKc0QN5NEleKrSupOsZo8lv0tseN4aQ4qedAfy4GJeDroBooJ0aa1ZrnDVyVFkjkCGhdg=="
)
PUBLIC = """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAyVOkWyFfhYudCMtuHEJI
+n3Iu2lR9Yl8cpsUR2pQswAOFHovHUUOGv/GC6AKQ8Y1mKUpOqZTeo5q7yoWg44a
47QT+7c+L2UT1LZPULzC8pLr1wv2mAlQF/TPrLCUVXTSgpHrLsFHcTfWQR5xdvc5
reaw41IFG1EtbiHxSbBzXVKw1yBqQaqwIT6u+PzD5kZ/LqWgORUDx9OnheDhMgm3
vtHl7RRDnH4SQNWpa5I4/Egtk9yfF33aZBgPFqmSqDrkhkkfgFDCtlblLILa+1M+
ap+u8KdGnWATGCvgRP8gHm0O0FHHdcr6gg6qrfqagdP7oiALAHzi7WmezeG/0bD6
IwIDAQAB
-----END PUBLIC KEY-----
"""
SAMPLES = Path(os.environ.get("SHOPSITE_SAMPLES", Path(__file__).resolve().parents[3] / "shared" / "data"))


def test_the_text_to_sign_holds_every_field_but_the_two_sorted_and_decoded():
    fields = {"sign": b"x", "sign_type": b"RSA2", "b": "白".encode(), "a": b"1 2", "unknown": b"", "B": b"0"}

    text = text_to_sign(fields, without=NOT_SIGNED)

    assert text == "B=0&a=1 2&b=白&unknown=".encode()


def test_a_signature_made_by_openssl_is_accepted_and_for_no_other_text():
    assert verify(TEXT, SIGNATURE, load_public_key(PUBLIC))
    assert not verify(TEXT.replace(b"128.00", b"128.01"), SIGNATURE, load_public_key(PUBLIC))


def test_what_we_sign_is_verified_and_a_private_key_survives_its_text():
    key = rsa.generate_private_key(65537, 2048)

    signature = sign(TEXT, load_private_key(private_pem(key)))

    assert verify(TEXT, signature, key.public_key())
    assert not verify(TEXT, signature, load_public_key(PUBLIC))


@pytest.mark.parametrize(
    "bad", ["", "AAAA", "not base64!", SIGNATURE[:-4], SIGNATURE + "\n", "A" + SIGNATURE[1:]]
)
def test_anything_but_the_whole_signature_is_no_signature(bad):
    assert not verify(TEXT, bad, load_public_key(PUBLIC))


def test_a_key_is_read_as_the_web_page_of_the_provider_shows_it():
    bare = "".join(public_pem(load_public_key(PUBLIC)).splitlines()[1:-1])

    assert verify(TEXT, SIGNATURE, load_public_key(bare))


def test_a_short_key_is_refused():
    weak = rsa.generate_private_key(65537, 1024)

    with pytest.raises(ValueError, match="2048"):
        load_public_key(public_pem(weak.public_key()))
    with pytest.raises(ValueError, match="2048"):
        load_private_key(private_pem(weak))


def test_two_keys_are_valid_while_they_are_changed_and_never_three():
    old, new, third = (rsa.generate_private_key(65537, 2048) for _ in range(3))
    pems = {name: public_pem(key.public_key()) for name, key in [("k1", old), ("k2", new), ("k3", third)]}
    ring = KeyRing({"k1": pems["k1"], "k2": pems["k2"]})

    assert [ring.signer_of(TEXT, sign(TEXT, key)) for key in (old, new, third)] == ["k1", "k2", None]
    with pytest.raises(ValueError, match="two"):
        KeyRing(pems)
    with pytest.raises(ValueError, match="two"):
        KeyRing({})


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample data is not beside this checkout")
def test_the_published_sample_form_gives_the_published_text():
    folder = SAMPLES / "api_payload_samples"
    form = (folder / "alipay_async_notify_trade_success.form").read_text().strip()
    expected = (folder / "alipay_async_notify_tosign.txt").read_text().strip()
    fields = {key: value.encode() for key, value in parse_qsl(form, keep_blank_values=True)}

    assert text_to_sign(fields, without=NOT_SIGNED).decode() == expected
