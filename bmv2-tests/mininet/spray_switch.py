#!/usr/bin/python3
"""The simplest switch that the topology can start, to test the topology itself: frames of port 1 go round robin to the other ports,
unchanged, and frames of the others go to port 1. It takes BMv2's port options."""

import argparse
import itertools
import select
import socket

from wire import open_raw, receive_frame


def forward(source, target):
    """Sends on what is there; `target` chooses the port for each frame."""
    while True:
        try:
            _, frame = receive_frame(source)
        except BlockingIOError:
            return
        target().send(frame)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-i", action="append", default=[], metavar="PORT@INTERFACE")
    parser.add_argument("--listen", default="127.0.0.1:9559")
    options = parser.parse_args()
    ports = {}
    for port in options.i:
        number, _, interface = port.partition("@")
        ports[int(number)] = open_raw(interface)
    host, _, number = options.listen.rpartition(":")
    listener = socket.create_server((host, int(number)))
    workers = itertools.cycle(ports[port] for port in sorted(ports) if port != 1)
    while True:
        ready, _, _ = select.select([listener, *ports.values()], [], [])
        for source in ready:
            if source is listener:
                source.accept()[0].close()
            elif source is ports[1]:
                forward(source, lambda: next(workers))
            else:
                forward(source, lambda: ports[1])


if __name__ == "__main__":
    main()
