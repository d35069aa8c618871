"""Classic pcap files: what a test sends, and what it captured."""

import struct

ETHERNET = 1
NANOSECONDS = 0xA1B23C4D
MICROSECONDS = 0xA1B2C3D4
FILE_HEADER = struct.Struct("IHHiIII")
RECORD_HEADER = struct.Struct("IIII")
LONGEST_FRAME = 1 << 18


class MalformedCapture(Exception):
    """The file isn't what it should be; the text says where, what was expected and what was found."""


def _byte_order(path, magic):
    for order in "<>":
        if struct.unpack(order + "I", magic)[0] in (NANOSECONDS, MICROSECONDS):
            return order
    raise MalformedCapture(f"{path}: offset 0: expected a classic pcap magic, found {magic.hex()}")


def read(path):
    """The frames of a capture, in file order."""
    with open(path, "rb") as file:
        content = file.read()
    if len(content) < FILE_HEADER.size:
        raise MalformedCapture(
            f"{path}: expected a file header of {FILE_HEADER.size} bytes, found {len(content)} bytes"
        )
    order = _byte_order(path, content[:4])
    link_type = struct.unpack_from(order + FILE_HEADER.format, content)[6] & 0xFFFF
    if link_type != ETHERNET:
        raise MalformedCapture(f"{path}: expected link type 1 (Ethernet), found {link_type}")
    frames = []
    at = FILE_HEADER.size
    while at < len(content):
        frame = _record(path, content, at, order)
        frames.append(frame)
        at += RECORD_HEADER.size + len(frame)
    return frames


def _record(path, content, at, order):
    left = len(content) - at
    if left < RECORD_HEADER.size:
        raise MalformedCapture(
            f"{path}: offset {at}: expected a record header of {RECORD_HEADER.size} bytes, found {left} bytes"
        )
    _, _, length, _ = struct.unpack_from(order + RECORD_HEADER.format, content, at)
    start = at + RECORD_HEADER.size
    if length > LONGEST_FRAME or length > len(content) - start:
        raise MalformedCapture(
            f"{path}: offset {at}: expected a frame inside the file, found length {length} of {len(content) - start} left"
        )
    return content[start : start + length]


def write(path, timed_frames):
    """Writes (nanoseconds since 1970, frame) pairs with nanosecond times."""
    with open(path, "wb") as file:
        file.write(
            struct.pack("<" + FILE_HEADER.format, NANOSECONDS, 2, 4, 0, 0, LONGEST_FRAME, ETHERNET)
        )
        for time_ns, frame in timed_frames:
            seconds, nanoseconds = divmod(time_ns, 1_000_000_000)
            file.write(
                struct.pack("<" + RECORD_HEADER.format, seconds, nanoseconds, len(frame), len(frame))
            )
            file.write(frame)
