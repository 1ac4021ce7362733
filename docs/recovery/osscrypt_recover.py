#!/usr/bin/env python3
"""Reads what osscrypt and the OSS SDKs encrypted, without osscrypt: one file, Python 3.8 or later, and the package `cryptography`.

It is written from FORMAT.md alone. Of KMS it knows nothing: `inspect` says which wrapped keys there are, and `decrypt` is given the data key that one of them
holds. There is no output file before all that is in it is verified, but where a format cannot be.
"""

import argparse
import base64
import binascii
import hashlib
import hmac
import json
import math
import mmap
import os
import re
import sys
from collections import namedtuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

CHUNK = 1 << 20


class Refused(Exception):
    """What is not written as FORMAT.md has it, or was changed, or does not belong to the key."""


def demand(condition, otherwise):
    if not condition:
        raise Refused(otherwise)


# ---- Algorithms ----------------------------------------------------------------------------------------------------------------------

Algorithm = namedtuple("Algorithm", "name cipher mode key_length iv_length tag_length")

FLOE = 0x464C4F45
ALGORITHMS = {FLOE: Algorithm("FLOE", "AES", "FLOE", 32, 0, 0)}
for number, (mode, padding) in {1: ("GCM", "NO"), 3: ("CBC", "NO"), 5: ("CBC", "PKCS5"), 7: ("CTR", "NO")}.items():
    sizes = (12, 16) if mode == "GCM" else (16, 0)
    padding = "NOPADDING" if padding == "NO" else padding
    for more, bits in enumerate((128, 256)):
        ALGORITHMS[number + more] = Algorithm(f"AES_{mode}_{padding}_{bits}", "AES", mode, bits // 8, *sizes)
    ALGORITHMS[9 + number // 2] = Algorithm(f"SM4_{mode}_{padding}_128", "SM4", mode, 16, *sizes)
OSS_SDK_CTR = Algorithm("AES/CTR/NoPadding of the OSS SDKs", "AES", "CTR", 32, 16, 0)


def block_cipher(algorithm, key):
    return algorithms.SM4(key) if algorithm.cipher == "SM4" else algorithms.AES(key)


# ---- Numbers, text, base64, DER --------------------------------------------------------------------------------------------------------


def be32(number):
    return number.to_bytes(4, "big")


def be64(number):
    return number.to_bytes(8, "big")


def decode_text(data):
    try:
        return bytes(data).decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("text that is not UTF-8") from None


def decode_base64(text):
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused("what should be base64 is not") from None
    demand(base64.b64encode(data).decode() == text, "base64 that is not the one text of its bytes")
    return data


class Bytes:
    """Bytes that are read from their start to their end."""

    def __init__(self, data):
        self.data, self.at = memoryview(data), 0

    def take(self, length):
        demand(length <= len(self.data) - self.at, "it ends too early")
        self.at += length
        return self.data[self.at - length : self.at]

    def rest(self):
        return self.take(len(self.data) - self.at)

    def number(self):
        return int.from_bytes(self.take(4), "big")

    def counted(self, most):
        length = self.number()
        demand(length <= most, "a length over its limit")
        return self.take(length)

    def end(self):
        demand(self.at == len(self.data), "bytes after the end")

    def der(self, tag):
        """The content of the DER element that comes next."""
        demand(self.take(1)[0] == tag, "an element of another kind")
        length = self.take(1)[0]
        if length >= 0x80:
            demand(0x81 <= length <= 0x84, "a length that is not DER")
            digits = self.take(length - 0x80)
            length = int.from_bytes(digits, "big")
            demand(length >= 0x80 and digits[0] != 0, "a length that is not minimal")
        return self.take(length)

    def der_integer(self):
        digits = self.der(0x02)
        demand(1 <= len(digits) <= 4 and digits[0] < 0x80, "an integer out of bounds")
        demand(len(digits) == 1 or digits[0] != 0 or digits[1] >= 0x80, "an integer that is not minimal")
        return int.from_bytes(digits, "big")

    def der_pairs(self):
        """A SET OF SEQUENCE { OCTET STRING, OCTET STRING }."""
        elements, pairs, before = Bytes(self.der(0x31)), [], b""
        while elements.at < len(elements.data):
            start = elements.at
            pair = Bytes(elements.der(0x30))
            pairs.append((pair.der(0x04), pair.der(0x04)))
            pair.end()
            encoded = bytes(elements.data[start : elements.at])
            demand(before < encoded, "a SET that is not in its order")
            before = encoded
        return pairs


# ---- The header ------------------------------------------------------------------------------------------------------------------------

Header = namedtuple("Header", "number algorithm context keys iv tag")


def encode_context(context):
    entries = sorted((key.encode(), value.encode()) for key, value in context.items())
    counted = [be32(len(text)) + text for entry in entries for text in entry]
    return be32(len(entries)) + b"".join(counted) if entries else b""


def committed_fields(header):
    context = header.context
    return be32(1) + be32(header.number) + be32(len(context)) + encode_context(context)


def authenticated_fields(header):
    """What the header's tag may be over: where an ARN is there twice, its first key or its last; all are counted."""
    for order in (header.keys[::-1], header.keys):
        keys = sorted((arn.encode(), base64.b64encode(blob)) for arn, blob in dict(order).items())
        counted = [be32(len(text)) + text for key in keys for text in key]
        yield committed_fields(header) + be32(len(header.keys)) + b"".join(counted)


def make_header(version, number, context_pairs, key_pairs, iv, tag):
    demand(version == 1, f"version {version}")
    demand(number in ALGORITHMS, f"algorithm {number}")
    texts = [(decode_text(key), decode_text(value)) for key, value in context_pairs]
    context = dict(texts)
    demand(len(context) == len(texts), "a context with a key twice")
    demand(len(encode_context(context)) <= 65536, "a context over its limit")
    keys = [(decode_text(arn), bytes(blob)) for arn, blob in key_pairs]
    demand(1 <= len(keys) <= 32, "no wrapped key, or more than 32")
    demand(all(len(arn.encode()) <= 512 and len(blob) <= 12288 for arn, blob in keys), "an ARN or a wrapped key over its limit")
    demand(number != FLOE or len(dict(keys)) == len(keys), "two wrapped keys under one CMK")
    lengths = (0, 0) if number == FLOE else (12, 16)
    demand((len(iv), len(tag)) == lengths, "header iv or tag of a wrong length")
    return Header(number, ALGORITHMS[number], context, keys, bytes(iv), bytes(tag))


def read_der_header(reader):
    content = Bytes(reader.der(0x30))
    version, number = content.der_integer(), content.der_integer()
    keys, context = content.der_pairs(), content.der_pairs()
    header = make_header(version, number, context, keys, content.der(0x04), content.der(0x04))
    content.end()
    return header


def read_stream_header(reader):
    version, number = reader.number(), reader.number()
    encoded = reader.counted(65536)
    pairs = Bytes(encoded)
    count = pairs.number() if encoded else 0
    context = []
    while pairs.at < len(encoded):
        context.append((pairs.counted(65536), pairs.counted(65536)))
    key_count = reader.number()
    demand(1 <= key_count <= 32, "no wrapped key, or more than 32")
    keys = []
    for _ in range(key_count):
        arn, blob = reader.counted(512), decode_text(reader.counted(16384))
        keys.append((arn, decode_base64(blob)))
    arns = [bytes(arn) for arn, _ in keys]
    demand(arns == sorted(set(arns)), "wrapped keys that are not in their order")
    header = make_header(version, number, context, keys, reader.counted(12), reader.counted(16))
    demand(len(context) == count and encode_context(header.context) == encoded, "a context that is not in its order")
    demand(number != FLOE, "FLOE is not used in messages")
    return header


# ---- Ciphers ---------------------------------------------------------------------------------------------------------------------------


class Ghash:
    """GHASH (NIST SP 800-38D), for SM4, whose GCM not every build of OpenSSL has."""

    def __init__(self, key):
        powers, value = [], int.from_bytes(key, "big")
        for _ in range(128):
            powers.append(value)
            value = value >> 1 ^ (0xE1 << 120 if value & 1 else 0)
        self.tables = [[0] * 256 for _ in range(16)]
        for place, table in enumerate(self.tables):
            for byte in range(256):
                for bit in range(8):
                    if byte & 0x80 >> bit:
                        table[byte] ^= powers[8 * place + bit]
        self.value = 0

    def update(self, data):
        for start in range(0, len(data), 16):
            block = bytes(data[start : start + 16]).ljust(16, b"\0")
            mixed = (self.value ^ int.from_bytes(block, "big")).to_bytes(16, "big")
            self.value = 0
            for table, byte in zip(self.tables, mixed):
                self.value ^= table[byte]


def decrypt_sm4_gcm(key, iv, ciphertext, tag, aad):
    cipher = algorithms.SM4(key)
    block_encryptor = Cipher(cipher, modes.ECB()).encryptor()
    ghash = Ghash(block_encryptor.update(bytes(16)))
    ghash.update(aad)
    counter = Cipher(cipher, modes.CTR(iv + be32(2))).decryptor()
    for start in range(0, len(ciphertext), CHUNK):
        chunk = ciphertext[start : start + CHUNK]
        ghash.update(chunk)
        yield start, counter.update(chunk)
    ghash.update(be64(8 * len(aad)) + be64(8 * len(ciphertext)))
    made = bytes(one ^ other for one, other in zip(ghash.value.to_bytes(16, "big"), block_encryptor.update(iv + be32(1))))
    if not hmac.compare_digest(made, tag):
        raise InvalidTag


def decrypt_gcm(algorithm, key, iv, ciphertext, tag, aad):
    """Plaintext with its offsets. It is verified only when there is no more, without an InvalidTag."""
    if algorithm.cipher == "SM4":
        yield from decrypt_sm4_gcm(key, iv, ciphertext, tag, aad)
        return
    decryptor = Cipher(algorithms.AES(key), modes.GCM(iv, tag)).decryptor()
    decryptor.authenticate_additional_data(aad)
    for start in range(0, len(ciphertext), CHUNK):
        yield start, decryptor.update(ciphertext[start : start + CHUNK])
    decryptor.finalize()


def decrypt_cbc(algorithm, key, iv, ciphertext):
    padded = "PKCS5" in algorithm.name
    demand(len(ciphertext) % 16 == 0 and not (padded and len(ciphertext) == 0), "not whole blocks")
    decryptor = Cipher(block_cipher(algorithm, key), modes.CBC(iv)).decryptor()
    for start in range(0, len(ciphertext), CHUNK):
        plaintext = decryptor.update(ciphertext[start : start + CHUNK])
        if padded and start + CHUNK >= len(ciphertext):
            padding = plaintext[-1]
            demand(1 <= padding <= 16 and plaintext.endswith(bytes([padding]) * padding), "wrong padding: another key, or changed")
            plaintext = plaintext[:-padding]
        yield start, plaintext


def decrypt_ctr(algorithm, key, iv, ciphertext):
    decryptor = Cipher(block_cipher(algorithm, key), modes.CTR(iv)).decryptor()
    for start in range(0, len(ciphertext), CHUNK):
        yield start, decryptor.update(ciphertext[start : start + CHUNK])


def verify_header(header, key):
    cipher = header.algorithm._replace(mode="GCM")
    for fields in authenticated_fields(header):
        try:
            return list(decrypt_gcm(cipher, key, header.iv, b"", header.tag, fields))
        except InvalidTag:
            pass
    raise InvalidTag


def decrypt_body(header, key, iv, ciphertext, tag):
    """The body of a message or an object, after the header's tag."""
    algorithm = header.algorithm
    verify_header(header, key)
    if algorithm.mode == "GCM":
        return decrypt_gcm(algorithm, key, iv, ciphertext, tag, encode_context(header.context))
    return (decrypt_cbc if algorithm.mode == "CBC" else decrypt_ctr)(algorithm, key, iv, ciphertext)


# ---- FLOE ------------------------------------------------------------------------------------------------------------------------------


class Floe:
    """FLOE: an object in segments, each of which is verified by itself."""

    def __init__(self, header, key, body):
        demand(len(body) >= 74, "no FLOE body is so short")
        self.body, self.parameters, self.aad = body, bytes(body[:42]), committed_fields(header)
        self.segment = int.from_bytes(body[2:6], "big")
        demand(bytes(body[:2]) == b"\0\0" and bytes(body[6:10]) == be32(32), "other parameters of FLOE")
        demand(1024 <= self.segment <= 1 << 24, "a segment length out of bounds")
        self.count = math.ceil((len(body) - 74) / self.segment)
        last = len(body) - 74 - (self.count - 1) * self.segment
        demand(1 <= self.count <= 1 << 40 and last >= 32, "no FLOE body has this length: it was cut")
        self.capacity = self.segment - 32
        self.length = len(body) - 74 - 32 * self.count
        if not hmac.compare_digest(self.derive(key, b"HEADER_TAG:", 32), bytes(body[42:74])):
            raise InvalidTag
        self.message_key = self.derive(key, b"MESSAGE_KEY:", 48)

    def derive(self, key, purpose, length):
        return hmac.new(key, self.parameters + purpose + self.aad + b"\1", hashlib.sha384).digest()[:length]

    def open(self, number):
        start = 74 + number * self.segment
        segment, is_last = self.body[start : start + self.segment], number == self.count - 1
        marker = be32(len(segment)) if is_last else b"\xff" * 4
        if bytes(segment[:4]) != marker:
            raise InvalidTag
        key = self.derive(self.message_key, b"DEK:" + be64(number >> 20 << 20), 32)
        decryptor = Cipher(algorithms.AES(key), modes.GCM(bytes(segment[4:16]), bytes(segment[-16:]))).decryptor()
        decryptor.authenticate_additional_data(be64(number) + (b"\1" if is_last else b"\0"))
        return decryptor.update(segment[16:-16]) + decryptor.finalize()

    def read(self, wanted):
        """All plaintext, or the segments that hold a range of it."""
        if wanted is None:
            for number in range(self.count):
                yield number * self.capacity, self.open(number)
            return
        if wanted.rests_on(self.length):
            self.open(self.count - 1)
        start, end = wanted.within(self.length)
        for number in range(start // self.capacity, end // self.capacity + 1):
            yield number * self.capacity, self.open(number)


# ---- What is in the files --------------------------------------------------------------------------------------------------------------

# Something encrypted, apart. `header` is None for what the OSS SDKs wrote, `wrapped` for everything else.
Sealed = namedtuple("Sealed", "what header iv ciphertext tag wrapped")

META = "x-oss-meta-"
OSS_SDK = META + "client-side-encryption-"
OSS_SDK_OLD = META + "oss-crypto-"


def read_metadata(path):
    """Headers by their names in lower case: of a JSON object, or of lines `name: value`."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    try:
        named = json.loads(text)
        demand(isinstance(named, dict), "the metadata is JSON, and no object")
        pairs = [(name, str(value)) for name, value in named.items()]
    except ValueError:
        pairs = [line.split(":", 1) for line in text.splitlines() if ":" in line]
    return {name.strip().lower(): value.strip() for name, value in pairs}


def open_object(headers, body):
    """Form 3, FLOE, the OSS SDKs' own format, and a message as the body."""
    names = ("header", "iv", "authtag")
    doubled, single = ([prefix + name for name in names] for prefix in (META * 2, META))
    if any(name in headers for name in doubled):
        encoded, iv, tag = (headers.get(name) for name in doubled)
    elif all(name in headers for name in single):
        encoded, iv, tag = (headers[name] for name in single)
    elif not any(name.startswith((OSS_SDK, OSS_SDK_OLD)) for name in headers) and begins_like_a_message(body):
        return open_message(body, None)
    else:
        return open_oss_sdk(headers, body)
    demand(encoded is not None, "an envelope without a header")
    demand(len(encoded) <= 8192, "a header larger than OSS can store")
    reader = Bytes(decode_base64(encoded))
    header = read_der_header(reader)
    reader.end()
    if header.number == FLOE:
        demand(iv is None and tag is None, "a FLOE object with an iv or a tag in its metadata")
        return Sealed("FLOE object", header, b"", body, b"", None)
    demand(iv is not None, "an envelope without an iv")
    return checked(Sealed("object (form 3)", header, decode_base64(iv), body, decode_base64(tag or ""), None))


def open_oss_sdk(headers, body):
    """What the OSS SDKs encrypt by themselves."""
    if any(OSS_SDK + what in headers for what in ("key", "start", "cek-alg", "wrap-alg")):
        names = {what: OSS_SDK + what for what in ("key", "start", "cek-alg", "wrap-alg", "matdesc")}
        old = False
    else:
        demand(OSS_SDK_OLD + "key" in headers or OSS_SDK_OLD + "start" in headers, "no envelope: this object is not encrypted, or its metadata is lost")
        names = {"key": OSS_SDK_OLD + "key", "start": OSS_SDK_OLD + "start", "matdesc": OSS_SDK_OLD + "matdesc"}
        names.update({what: f"{META}oss-{what}" for what in ("cek-alg", "wrap-alg")})
        old = True
    missing = [name for what, name in names.items() if what != "matdesc" and name not in headers]
    demand(not missing, f"an envelope without {', '.join(missing)}")
    wrapped = {what: headers[name] for what, name in names.items() if name in headers}
    expected = "AES/GCM/NoPadding" if old else "AES/CTR/NoPadding"
    demand(wrapped["cek-alg"].lower() == expected.lower(), f"no OSS SDK encrypts with {wrapped['cek-alg']}")
    wrapped["start-is"] = "decimal" if old else "block"
    if wrapped["wrap-alg"].lower() == "kms/alicloud":
        for what in ("key", "start"):
            inner = decode_base64(wrapped[what])
            if len(inner) % 4 == 0 and re.fullmatch(rb"[A-Za-z0-9+/]+={0,2}", inner):
                wrapped[what] = inner.decode()
    return Sealed("object of an OSS SDK", None, b"", body, b"", wrapped)


def begins_like_a_message(body):
    """`00000001 000000` and another byte, or SEQUENCE { SEQUENCE { INTEGER 1, INTEGER."""
    if bytes(body[:7]) == b"\x00\x00\x00\x01\x00\x00\x00" and len(body) > 7:
        return True
    at = 0
    for _ in range(2):
        if len(body) < at + 2 or body[at] != 0x30:
            return False
        at += 2 + max(0, body[at + 1] - 0x80)
    return bytes(body[at : at + 4]) == b"\x02\x01\x01\x02"


def open_message(body, secret):
    """Form 1 or 2, or, with the secret's text, a body of form 4."""
    reader, header = Bytes(body), None
    if secret is not None:
        encoded = Bytes(decode_base64(secret.strip()))
        header = read_der_header(encoded)
        encoded.end()
    if len(body) > 0 and body[0] == 0x30:
        content = Bytes(reader.der(0x30)) if header is None else reader
        what = "message (form 1)" if header is None else "message (form 4)"
        header = header or read_der_header(content)
        parts = Bytes(content.der(0x30))
        iv, ciphertext, tag = parts.der(0x04), parts.der(0x04), parts.der(0x04)
        parts.end()
        content.end()
        reader.end()
    else:
        what = "stream (form 2)" if header is None else "stream (form 4)"
        header = header or read_stream_header(reader)
        iv = reader.take(int.from_bytes(reader.take(4), "little"))
        rest, tag_length = reader.rest(), header.algorithm.tag_length
        demand(len(rest) >= tag_length, "it ends too early")
        ciphertext, tag = rest[: len(rest) - tag_length], rest[len(rest) - tag_length :]
    demand(header.number != FLOE, "FLOE is not used in messages")
    return checked(Sealed(what, header, bytes(iv), ciphertext, bytes(tag), None))


def checked(sealed):
    algorithm = sealed.header.algorithm
    demand((len(sealed.iv), len(sealed.tag)) == (algorithm.iv_length, algorithm.tag_length), "body iv or tag of a wrong length")
    return sealed


# ---- The commands ----------------------------------------------------------------------------------------------------------------------


class Range:
    """`first-last`, `first-`, or `-length`, in bytes of the plaintext, both ends included."""

    def __init__(self, text):
        found = re.fullmatch(r"(\d*)-(\d*)", text)
        if not found or text == "-":
            raise ValueError(text)
        first, last = found.groups()
        self.suffix = int(last) if first == "" else None
        self.first = int(first) if first else None
        self.last = int(last) if first and last else None
        if self.suffix == 0 or self.last is not None and self.last < self.first:
            raise ValueError(text)

    def rests_on(self, length):
        return self.last is None or self.last >= length

    def within(self, length):
        first = max(0, length - self.suffix) if self.suffix else self.first
        demand(first < length, f"the range is outside: the plaintext has {length} bytes")
        return first, min(length - 1 if self.last is None else self.last, length - 1)


def read_file(path):
    with open(path, "rb") as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if os.fstat(file.fileno()).st_size else b"")


def read_secret(path, lengths):
    """A key from a file, or `-` for standard input: as it is, or in base64, as KMS answers it."""
    if path == "-":
        data = sys.stdin.buffer.read()
    else:
        with open(path, "rb") as file:
            data = file.read()
    if len(data) in lengths:
        return data
    try:
        decoded = base64.b64decode(data.strip(), validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    demand(len(decoded) in lengths, f"{path}: not {' or '.join(map(str, lengths))} bytes, nor their base64")
    return decoded


def open_sealed(options):
    body = read_file(options.body)
    if options.metadata:
        return open_object(read_metadata(options.metadata), body)
    return open_message(body, bytes(read_file(options.secret)).decode("ascii", "replace") if options.secret else None)


def inspect(options):
    sealed = open_sealed(options)
    if sealed.wrapped:
        said = {"what": sealed.what, "verified": False, **sealed.wrapped}
    else:
        header = sealed.header
        own = {key for key in header.context if header.number == FLOE and key.startswith("osscrypt:")}
        said = {
            "what": sealed.what,
            "verified": False,
            "algorithm": header.algorithm.name,
            "encryptionContext": header.context,
            "kmsEncryptionContext": {key: value for key, value in header.context.items() if key not in own},
            "wrappedKeys": [{"cmk": arn, "ciphertextBlob": base64.b64encode(blob).decode()} for arn, blob in header.keys],
        }
    print(json.dumps(said, indent=2, ensure_ascii=True))


def plaintext_of(sealed, options):
    """The plaintext, with its offsets, and its length where that is known before."""
    if sealed.wrapped:
        demand(options.allow_unauthenticated, "nobody notices when this object was changed: it needs --allow-unauthenticated")
        demand(options.start, "this object needs --start, too")
        demand(options.name is None, "bound to no name: anybody could have put it there. Without --name it is read")
        key = read_secret(options.data_key, (32,))
        if sealed.wrapped["start-is"] == "decimal":
            digits = bytes(read_file(options.start)).strip()
            demand(re.fullmatch(rb"\d{1,39}", digits) and int(digits) < 1 << 128, "--start: not a decimal number")
            block = int(digits).to_bytes(16, "big")
        else:
            block = read_secret(options.start, (16,))
        return decrypt_ctr(OSS_SDK_CTR, key, block, sealed.ciphertext), len(sealed.ciphertext)
    header = sealed.header
    algorithm = header.algorithm
    unverified = algorithm.mode in ("CBC", "CTR")
    demand(options.allow_unauthenticated or not unverified, f"nobody notices when a body under {algorithm.name} was changed: it needs --allow-unauthenticated")
    demand(not (options.range and algorithm.mode == "CBC"), f"no ranges of {algorithm.name}")
    if options.name is not None:
        bound = header.context.get("osscrypt:object")
        demand(bound is not None, "bound to no name: anybody could have put it there. Without --name it is read")
        demand(bound == options.name, f"written as {json.dumps(bound)}, and not under this name")
    key = read_secret(options.data_key, (algorithm.key_length,))
    if algorithm.mode == "FLOE":
        floe = Floe(header, key, sealed.ciphertext)
        return floe.read(options.range), floe.length
    return decrypt_body(header, key, sealed.iv, sealed.ciphertext, sealed.tag), len(sealed.ciphertext)


def decrypt(options):
    demand(not os.path.lexists(options.output), f"{options.output} is there already")
    sealed = open_sealed(options)
    part = f"{options.output}.{os.getpid()}.part"
    file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(file, "wb") as output:
            pieces, length = plaintext_of(sealed, options)
            # A FLOE object tells by itself, once its last segment is verified, that a range is outside.
            window = None
            for offset, piece in pieces:
                if options.range is None:
                    output.write(piece)
                    continue
                window = window or options.range.within(length)
                output.write(piece[max(0, window[0] - offset) : max(0, window[1] + 1 - offset)])
            if options.range is not None and window is None:
                options.range.within(length)
            output.flush()
            os.fsync(output.fileno())
        os.rename(part, options.output)
    except BaseException:
        os.unlink(part)
        raise
    if sealed.wrapped or sealed.header.algorithm.mode in ("CBC", "CTR"):
        print("NOT VERIFIED: nobody would notice if this had been changed.", file=sys.stderr)
    if sealed.header:
        print(f"Verified encryption context: {json.dumps(sealed.header.context)}", file=sys.stderr)


def command_line():
    parser = argparse.ArgumentParser(
        description="Reads what osscrypt and the OSS SDKs encrypted, given an unwrapped data key. Format: FORMAT.md.",
        epilog="Ends with 0; 1 when something was refused, and then writes no output; 2 for a wrong command line.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    shown = commands.add_parser("inspect", help="say what it is and which wrapped keys it has, unverified, as JSON")
    opened = commands.add_parser("decrypt", help="verify and decrypt")
    for command in (shown, opened):
        command.add_argument("body", help="the object's body, or the message or stream")
        given = command.add_mutually_exclusive_group()
        given.add_argument("--metadata", metavar="FILE", help="of an object: its headers, as a JSON object or as lines `name: value`")
        given.add_argument("--secret", metavar="FILE", help="of a message without a header: the text of its secret in Secrets Manager")
    opened.add_argument("--data-key", metavar="FILE", required=True, help="the unwrapped data key, as bytes or base64; - is standard input")
    opened.add_argument("--start", metavar="FILE", help="of an OSS SDK's object: the unwrapped `start`, as bytes or base64, or a decimal number")
    opened.add_argument("--output", metavar="FILE", required=True, help="the file for the plaintext; there must be none yet")
    opened.add_argument("--range", metavar="FIRST-LAST", type=Range, help="only these bytes; also FIRST- and -LENGTH. Of FLOE objects, only what is needed is read")
    opened.add_argument("--name", help="the object's key: refuses what was written under another, or is bound to none")
    opened.add_argument("--allow-unauthenticated", action="store_true", help="decrypt what cannot be verified, too: CBC, CTR, and objects of the OSS SDKs")
    return parser


def main():
    options = command_line().parse_args()
    try:
        (inspect if options.command == "inspect" else decrypt)(options)
    except InvalidTag:
        sys.exit("Refused: it was changed or cut, or the data key is of another.")
    except (Refused, OSError) as error:
        sys.exit(f"Refused: {error}")


if __name__ == "__main__":
    main()
