#!/usr/bin/python3
"""A Mininet network for end-to-end tests, driven by one JSON object per line.

    h1 (sender) ── 1 ┌────────┐ 2 ── w0 (worker 0)
                     │   s1   │ 3 ── w1 (worker 1)
                     └────────┘ …    worker w on port w + 2

Run it in a network namespace of its own, so that nothing of it can touch the machine, and with Debian's Python, which has the
mininet package:

    ip netns exec NAME unshare --mount --pid --fork --kill-child --mount-proc /usr/bin/python3 topology.py

The switch runs in that namespace, so its P4Runtime server is reached on 127.0.0.1 from there. Everything ends with standard input.
Mininet's cleanup is never called: it kills processes by broad names.

Requests and answers (every answer has "ok"; a failed one has "error"):

    {"do": "start", "workers": 3, "mtu": 9500, "log": FILE,
     "switch": {"command": ["simple_switch_grpc", "--no-p4", "{interfaces}", "--", …], "ready": "127.0.0.1:9559", "seconds": 30}}
        "{interfaces}" becomes -i 1@s1-eth1 -i 2@s1-eth2 …
        → {"ok": true, "hosts": [{"name", "role", "port", "interface", "mac"}…], "ports": {"1": "s1-eth1", …}, "pid": …}
    {"do": "send", "pcap": FILE, "window": 32, "stall_ms": 300, "quiet_ms": 300}
        → {"ok": true, "sent": 100, "stalls": 0, "received": {"w0": 34, …}}
    {"do": "captures", "folder": FOLDER}   writes FOLDER/HOST.pcap for each host and starts afresh
        → {"ok": true, "captures": [{"host", "pcap", "frames", "dropped"}…]}
    {"do": "stop"}
        → {"ok": true, "exit": STATUS of the switch, negative for a signal}
"""

import json
import os
import socket
import subprocess
import sys
import time

from mininet.link import Link
from mininet.log import setLogLevel
from mininet.net import Mininet
from mininet.node import Host, Switch

import capture_file
from wire import Traffic, Wire

MOST_WORKERS = 64
LOG_LINES_IN_ERRORS = 15
OFFLOADS = ("rx", "tx", "sg", "tso", "gso", "gro")
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Refused(Exception):
    """A request that can't be done; the text goes into the answer."""


def run(*command):
    """Runs a command of the system quietly; its output is the error's text if it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise Refused(f"{' '.join(command)}: exit status {done.returncode}: {done.stdout.strip()}")


class ProcessSwitch(Switch):
    """A switch that is any process which takes its ports as PORT@INTERFACE."""

    def __init__(self, name, command=(), log=os.devnull, **options):
        options["inNamespace"] = False
        super().__init__(name, **options)
        self.command = list(command)
        self.log = log
        self.process = None

    def port_names(self):
        return {port: link.name for port, link in sorted(self.intfs.items()) if port > 0}

    def arguments(self):
        expanded = []
        for word in self.command:
            if word == "{interfaces}":
                for port, name in self.port_names().items():
                    expanded += ["-i", f"{port}@{name}"]
            else:
                expanded.append(word)
        return expanded

    def start(self, controllers):
        with open(self.log, "wb") as log:
            try:
                self.process = subprocess.Popen(
                    self.arguments(), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
                )
            except OSError as error:
                raise Refused(f"start switch {self.command[0]}: {error.strerror}") from error

    def last_words(self):
        try:
            with open(self.log, errors="replace") as log:
                return " | ".join(log.read().splitlines()[-LOG_LINES_IN_ERRORS:])
        except OSError:
            return "nothing"

    def wait_until_listening(self, address, seconds):
        """Listening is not yet serving: the test still asks P4Runtime for its capabilities."""
        host, _, port = address.rpartition(":")
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise Refused(
                    f"switch {self.command[0]}: expected it to serve {address},"
                    f" found it ended with status {self.process.returncode}; it said: {self.last_words()}"
                )
            try:
                socket.create_connection((host, int(port)), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise Refused(
            f"switch {self.command[0]}: expected {address} to accept connections within {seconds} s,"
            f" found that it doesn't; it said: {self.last_words()}"
        )

    def stop(self, deleteIntfs=True):
        status = None
        if self.process is not None:
            self.process.terminate()
            try:
                status = self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                status = self.process.wait()
            self.process = None
        super().stop(deleteIntfs)
        return status


class Network:
    """The network while it runs."""

    def __init__(self, workers, mtu, command, log):
        self.net = Mininet(controller=None, switch=ProcessSwitch, link=Link, build=False)
        self.wires = []
        self.hosts = []
        self.switch = self.net.addSwitch("s1", command=command, log=log)
        self._add_host("h1", "sender", 1, mtu)
        for worker in range(workers):
            self._add_host(f"w{worker}", "worker", worker + 2, mtu)
        self.net.build()
        for node in self.net.hosts:
            # Only now, because building configures interfaces.
            interface = node.defaultIntf().name
            self.wires.append(Wire(node.name, interface, node.pid))
        self.traffic = Traffic(self.wires[0], self.wires)

    def _add_host(self, name, role, port, mtu):
        mac = f"02:00:00:00:00:{port:02x}"
        # Without an address the kernel neither asks for neighbours nor answers the traffic.
        host = self.net.addHost(name, cls=Host, ip=None)
        host.cmd("sysctl -q -w net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1")
        link = self.net.addLink(host, self.switch, port1=0, port2=port, addr1=mac)
        for end in (link.intf1, link.intf2):
            self._prepare(end, mtu)
        self.hosts.append(
            {"name": name, "role": role, "port": port, "interface": link.intf1.name, "mac": mac}
        )

    @staticmethod
    def _prepare(end, mtu):
        """Makes frames what they seem to be: no joined segments, no checksum left to a card that isn't there."""
        offloads = " ".join(f"{offload} off" for offload in OFFLOADS)
        for command in (f"ip link set {end.name} mtu {mtu} up", f"ethtool -K {end.name} {offloads}"):
            output = end.node.cmd(command + " || echo failed").strip()
            if output.endswith("failed"):
                raise Refused(f"{command} on {end.node.name}: {output}")

    def start(self, ready, seconds):
        self.net.start()
        if ready:
            self.switch.wait_until_listening(ready, seconds)

    def stop(self):
        status = self.switch.stop(deleteIntfs=False)
        for wire in self.wires:
            wire.close()
        self.net.stop()
        return status


class Control:
    """Answers requests, one at a time."""

    def __init__(self):
        self.network = None

    def answer(self, request):
        actions = {
            "start": self.start,
            "send": self.send,
            "captures": self.captures,
            "stop": self.stop,
        }
        action = actions.get(request.get("do"))
        if action is None:
            raise Refused(f"do: expected one of {', '.join(actions)}, found {request.get('do')!r}")
        return action(request)

    def start(self, request):
        if self.network is not None:
            raise Refused("start: expected no running network, found one; stop it first")
        workers = request["workers"]
        if not 1 <= workers <= MOST_WORKERS:
            raise Refused(f"workers: expected 1..{MOST_WORKERS}, found {workers}")
        switch = request["switch"]
        run("ip", "link", "set", "lo", "up")
        run("sysctl", "-q", "-w", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
        self.network = Network(
            workers, request.get("mtu", 9500), switch["command"], request.get("log", os.devnull)
        )
        try:
            self.network.start(switch.get("ready"), switch.get("seconds", 30))
        except Refused:
            self.stop(request)
            raise
        running = self.network.switch
        return {"hosts": self.network.hosts, "ports": running.port_names(), "pid": running.process.pid}

    def _running(self):
        if self.network is None:
            raise Refused("expected a running network, found none; start one first")
        return self.network

    def send(self, request):
        traffic = self._running().traffic
        frames = capture_file.read(request["pcap"])
        before = {wire.host: wire.total for wire in traffic.wires}
        stalls = traffic.send(frames, request.get("window", 32), request.get("stall_ms", 300) / 1000)
        traffic.wait_until_quiet(request.get("quiet_ms", 300) / 1000)
        received = {wire.host: wire.total - before[wire.host] for wire in traffic.wires}
        return {"sent": len(frames), "stalls": stalls, "received": received}

    def captures(self, request):
        traffic = self._running().traffic
        traffic.receive(0)
        written = []
        for wire in traffic.wires:
            path = os.path.join(request["folder"], wire.host + ".pcap")
            capture_file.write(path, wire.captured)
            written.append(
                {"host": wire.host, "pcap": path, "frames": len(wire.captured), "dropped": wire.dropped()}
            )
            wire.captured.clear()
        return {"captures": written}

    def stop(self, request):
        network, self.network = self._running(), None
        return {"exit": network.stop()}


def protocol_streams():
    """Standard output belongs to the protocol; whatever prints to it goes to standard error instead."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    return sys.stdin, answers


def main():
    setLogLevel("error")
    os.environ["PATH"] = os.environ.get("PATH", "") + ":" + SYSTEM_PATH
    requests, answers = protocol_streams()
    control = Control()
    for line in requests:
        try:
            answer = {"ok": True, **control.answer(json.loads(line))}
        except (Refused, capture_file.MalformedCapture, OSError) as error:
            answer = {"ok": False, "error": str(error)}
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            answer = {"ok": False, "error": f"request {line.strip()}: {error!r}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    if control.network is not None:
        control.stop({})


if __name__ == "__main__":
    main()
