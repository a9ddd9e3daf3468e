"""TLS handshakes that clients begin and never complete."""
import pathlib
import socket
import ssl
import time


def first_flight():
    """What a TLS client says first."""
    context, sent = ssl._create_unverified_context(), ssl.MemoryBIO()
    try:
        context.wrap_bio(ssl.MemoryBIO(), sent).do_handshake()
    except ssl.SSLWantReadError:
        return sent.read()
    raise AssertionError("a handshake without a server")


UNFINISHED = {"nothing": lambda hello: b"", "a byte": lambda hello: hello[:1], "a part": lambda hello: hello[:-9], "all of it": lambda hello: hello,
              "a record that does not end": lambda hello: b"\x16\x03\x01\x40\x00" + bytes(100)}


def begin(port, times=1):
    """A connection for each of them, so many times."""
    hanging = []
    for part in list(UNFINISHED.values()) * times:
        hanging.append(socket.create_connection(("127.0.0.1", port), timeout=90))
        hanging[-1].sendall(part(first_flight()))
    return hanging


def held(port):
    """Connections that the server at that port has not closed: established, or left by the client."""
    rows = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(int(row[1].split(":")[1], 16) == port and row[3] in ("01", "08") for row in rows)


def are_ended(port, leaves):
    """Begins one of each, which the client leaves or not, and waits until the server has closed them all."""
    hanging = begin(port)
    until = time.monotonic() + 20
    while held(port) < len(hanging):
        assert time.monotonic() < until, "they are not connected"
        time.sleep(0.05)
    for s in hanging if leaves else []:
        s.close()
    until = time.monotonic() + 90
    while held(port):
        assert time.monotonic() < until, "connections stay"
        time.sleep(0.1)
