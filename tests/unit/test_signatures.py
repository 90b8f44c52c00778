"""The verifier of signatures that needs nothing but Python says what RFC 8032 and the signing library say."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from app.audit.signatures import Q, is_signed

VECTORS = [  # RFC 8032, 7.1: public key, message, signature
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655"
     "141438e7a100b"),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00"
     "d291612bb0c00"),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc02"
     "7beceea1ec40a"),
]


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_the_vectors_of_the_standard_hold(key, message, signature):
    key, message, signature = map(bytes.fromhex, (key, message, signature))
    assert is_signed(key, message, signature)
    assert not is_signed(key, message + b"!", signature)


@settings(max_examples=15, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 511))
def test_what_the_library_signs_is_signed_and_one_other_bit_is_not(seed, message, bit):
    key = Ed25519PrivateKey.from_private_bytes(seed)
    signature, public = key.sign(message), key.public_key().public_bytes_raw()
    assert is_signed(public, message, signature)
    other = bytearray(signature)
    other[bit // 8] ^= 1 << bit % 8
    assert not is_signed(public, message, bytes(other))


def test_what_is_no_key_no_point_or_a_second_writing_of_one_signature_is_refused():
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    signature, public = key.sign(b"x"), key.public_key().public_bytes_raw()
    larger = int.from_bytes(signature[32:], "little") + Q
    assert not is_signed(public, b"x", signature[:32] + larger.to_bytes(32, "little"))
    assert not is_signed(bytes([2] + [0] * 31), b"x", signature)
    assert not is_signed(public[:31], b"x", signature)
    assert not is_signed(public, b"x", b"\xff" * 64)
