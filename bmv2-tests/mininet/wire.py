"""The test's own ends of the wires: raw sockets inside the network namespaces of Mininet hosts.

One process holds all of them. It can therefore send no faster than the switch delivers, which a user-space switch needs in order not to
drop, and it sees all captures in one loop.
"""

import ctypes
import os
import select
import socket
import struct
import time

SOL_PACKET = 263
PACKET_STATISTICS = 6
PACKET_AUXDATA = 8
PACKET_IGNORE_OUTGOING = 23
SO_RCVBUFFORCE = 33
SO_TIMESTAMPNS = 35
EVERY_PROTOCOL = 0x0003
CLONE_NEWNET = 0x40000000
STATUS_VLAN_VALID = 1 << 4
STATUS_VLAN_PROTOCOL_VALID = 1 << 6
AUXILIARY = struct.Struct("IIIHHHH")
TIMESPEC = struct.Struct("qq")
RECEIVE_BUFFER_BYTES = 64 << 20
LONGEST_FRAME = 1 << 16

_libc = ctypes.CDLL(None, use_errno=True)


def _enter(namespace):
    if _libc.setns(namespace, CLONE_NEWNET) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"enter network namespace: {os.strerror(error)}")


def in_namespace_of(pid, action):
    """Runs an action in the network namespace of a process, and comes back."""
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
    try:
        _enter(there)
        return action()
    finally:
        _enter(home)
        os.close(there)
        os.close(home)


def _with_vlan(frame, auxiliary):
    """The kernel takes the outer VLAN tag out of the frame; this puts it back."""
    status, _, _, _, _, control, protocol = AUXILIARY.unpack_from(auxiliary)
    if not status & STATUS_VLAN_VALID:
        return frame
    if not status & STATUS_VLAN_PROTOCOL_VALID:
        protocol = 0x8100
    return frame[:12] + struct.pack("!HH", protocol, control) + frame[12:]


def open_raw(interface):
    """A socket for every frame that arrives at an interface, and none that leaves."""
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    raw.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    raw.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    raw.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    raw.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES)
    raw.bind((interface, EVERY_PROTOCOL))
    raw.setblocking(False)
    return raw


def receive_frame(raw):
    """The next frame with its VLAN tag, and its time in ns since 1970; BlockingIOError if there is none."""
    frame, ancillary, _, _ = raw.recvmsg(LONGEST_FRAME, 256)
    time_ns = 0
    for level, kind, data in ancillary:
        if level == SOL_PACKET and kind == PACKET_AUXDATA and len(data) >= AUXILIARY.size:
            frame = _with_vlan(frame, data)
        elif level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
            seconds, nanoseconds = TIMESPEC.unpack_from(data)
            time_ns = seconds * 1_000_000_000 + nanoseconds
    return time_ns, frame


class Wire:
    """One host's interface: sends frames, and keeps those that arrive with their times."""

    def __init__(self, host, interface, pid):
        self.host = host
        self.captured = []
        self.total = 0
        self.socket = in_namespace_of(pid, lambda: open_raw(interface))

    def receive(self):
        """Takes all frames that are there; how many."""
        count = 0
        while True:
            try:
                self.captured.append(receive_frame(self.socket))
            except BlockingIOError:
                self.total += count
                return count
            count += 1

    def dropped(self):
        """Frames that found the receive buffer full since the last time this was asked."""
        statistics = self.socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)
        return struct.unpack("II", statistics)[1]

    def close(self):
        self.socket.close()


class Traffic:
    """Sends from one wire and captures on all."""

    def __init__(self, sender, wires):
        self.sender = sender
        self.wires = wires
        self.poll = select.poll()
        self.by_number = {}
        for wire in wires:
            self.by_number[wire.socket.fileno()] = wire
            self.poll.register(wire.socket, select.POLLIN)

    def receive(self, seconds):
        """Waits until something arrives; how many frames did."""
        ready = self.poll.poll(seconds * 1000)
        return sum(self.by_number[number].receive() for number, _ in ready)

    def send(self, frames, window, stall_seconds):
        """Keeps at most `window` frames unanswered; gives up on them when nothing comes for a while, and counts that as a stall."""
        unanswered = 0
        stalls = 0
        for frame in frames:
            unanswered = max(0, unanswered - self.receive(0))
            while unanswered >= window:
                arrived = self.receive(stall_seconds)
                if arrived == 0:
                    stalls += 1
                    unanswered = 0
                unanswered = max(0, unanswered - arrived)
            self._send_one(frame)
            unanswered += 1
        return stalls

    def _send_one(self, frame):
        while True:
            try:
                self.sender.socket.send(frame)
                return
            except (BlockingIOError, InterruptedError):
                time.sleep(0.0005)
                self.receive(0)

    def wait_until_quiet(self, quiet_seconds):
        while self.receive(quiet_seconds) > 0:
            pass
