"""Requests that two servers may read differently, and the answer to each: one table for the API and the mirror.

A case is (name, bytes, statuses): one answer with one of the statuses, then the end of the connection. {host} is replaced by
the server's own name; nothing of the body may be taken for a request (`SMUGGLED` never reaches anybody)."""
import re
import socket
import ssl
import threading
import time

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: {host}\r\n\r\n"
BAD, UNSUPPORTED = (400,), (400, 501)


def get(*fields, line=b"GET /github/ HTTP/1.1", host=b"Host: {host}"):
    return b"\r\n".join([line, *([host] if host else []), *fields, b"", b""])


def post(*fields, body=b""):
    return get(*fields, line=b"POST /github/tasks/ HTTP/1.1") + body


def chunked(body):
    return post(b"Transfer-Encoding: chunked", body=body)


CASES = [
    # the request line
    ("space before the method", b" " + get(), BAD),
    ("tab before the method", b"\t" + get(), BAD),
    ("two empty lines before", b"\r\n\r\n" + get(), BAD),
    ("bare LF before", b"\n" + get(), BAD),
    ("NUL in the method", get(line=b"GE\0T /github/ HTTP/1.1"), BAD),
    ("NUL in the target", get(line=b"GET /c\x00102 HTTP/1.1"), BAD),
    ("DEL in the target", get(line=b"GET /c\x7f HTTP/1.1"), BAD),
    ("escape in the target", get(line=b"GET /c\x1b[2J HTTP/1.1"), BAD),
    ("tab in the target", get(line=b"GET /a\tb HTTP/1.1"), BAD),
    ("bare CR in the target", get(line=b"GET /a\rb HTTP/1.1"), BAD),
    ("space in the target", get(line=b"GET /a b HTTP/1.1"), BAD),
    ("two spaces before the target", get(line=b"GET  /github/ HTTP/1.1"), BAD),
    ("two spaces before the version", get(line=b"GET /github/  HTTP/1.1"), BAD),
    ("space after the version", get(line=b"GET /github/ HTTP/1.1 "), BAD),
    ("tab for a space", get(line=b"GET\t/github/ HTTP/1.1"), BAD),
    ("method in brackets", get(line=b"(GET) /github/ HTTP/1.1"), BAD),
    ("method with a colon", get(line=b"GET: /github/ HTTP/1.1"), BAD),
    ("method with an umlaut", get(line="GÄT /github/ HTTP/1.1".encode()), BAD),
    ("very long method", get(line=b"A" * 5000 + b" /github/ HTTP/1.1"), UNSUPPORTED),
    ("fragment", get(line=b"GET /github/#x HTTP/1.1"), BAD),
    ("no slash", get(line=b"GET github/ HTTP/1.1"), BAD),
    ("other scheme", get(line=b"GET ftp://{host}/ HTTP/1.1"), BAD),
    ("user in an absolute target", get(line=b"GET http://a@{host}/ HTTP/1.1"), BAD),
    ("no host in an absolute target", get(line=b"GET http:///github/ HTTP/1.1"), BAD),
    ("asterisk for GET", get(line=b"GET * HTTP/1.1"), BAD),
    ("CONNECT", get(line=b"CONNECT example.org:443 HTTP/1.1"), (400, 405, 501)),
    ("HTTP/0.9", b"GET /github/\r\n", BAD),
    ("HTTP/0.9 by name", get(line=b"GET /github/ HTTP/0.9"), (400, 505)),
    ("HTTP/1.2", get(line=b"GET /github/ HTTP/1.2"), (400, 505)),
    ("HTTP/3.0", get(line=b"GET /github/ HTTP/3.0"), (400, 505)),
    ("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 505)),
    ("http in small letters", get(line=b"GET /github/ http/1.1"), BAD),
    ("no digit of a version", get(line=b"GET /github/ HTTP/1."), BAD),
    ("version of two digits", get(line=b"GET /github/ HTTP/1.10"), BAD),
    ("ICY", get(line=b"GET /github/ ICY/1.1"), BAD),
    ("a TLS client", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", BAD),
    ("long target", get(line=b"GET /" + b"a" * 9000 + b" HTTP/1.1"), (414,)),
    ("long target without an end", b"GET /" + b"a" * 30000, (414,)),
    # fields
    ("space before the colon", post(b"Content-Length : 3", b"Content-Length: 0", body=b"abc"), BAD),
    ("tab before the colon", post(b"Content-Length\t: 3", b"Content-Length: 0", body=b"abc"), BAD),
    ("space before another colon", get(b"X-Any : 1"), BAD),
    ("bare CR in a value", get(b"X-A: 1\rX-B: 2"), BAD),
    ("bare CR before the end of a line", get(b"X-A: 1\r"), BAD),
    ("bare LF between fields", get(b"X-A: 1\nX-B: 2"), BAD),
    ("bare LF at the end", b"GET /github/ HTTP/1.1\nHost: {host}\n\n", BAD),
    ("bare LF as the last line", b"GET /github/ HTTP/1.1\r\nHost: {host}\r\n\n", BAD),
    ("NUL in a value", get(b"X-A: 1\x002"), BAD),
    ("NUL in a name", get(b"X\x00A: 1"), BAD),
    ("control character in a value", get(b"X-A: \x01"), BAD),
    ("vertical tab around a value", get(b"X-A:\x0b1"), BAD),
    ("DEL in a value", get(b"X-A: \x7f"), BAD),
    ("folded line", get(b"X-A: 1\r\n 2"), BAD),
    ("folded with a tab", get(b"X-A: 1\r\n\t2"), BAD),
    ("folded length", post(b"Content-Length:\r\n 3", body=b"abc"), BAD),
    ("whitespace before the first field", b"GET /github/ HTTP/1.1\r\n Host: {host}\r\n\r\n", BAD),
    ("no colon", get(b"X-A"), BAD),
    ("no name", get(b": x"), BAD),
    ("name with a space", get(b"X A: 1"), BAD),
    ("name with brackets", get(b"X[A]: 1"), BAD),
    ("name with a byte above 127", get(b"X\xe4: 1"), BAD),
    ("many fields", get(*[b"X-%d: 1" % i for i in range(150)]), (431,)),
    ("one long field", get(b"X-A: " + b"a" * 60000), (431,)),
    ("fields without an end", b"GET /github/ HTTP/1.1\r\nHost: {host}\r\n" + b"X-A: aaaaaaaa\r\n" * 9000, (431,)),
    # what a library keeps of a head takes more room than the head
    ("many parameters", get(line=b"GET /github/?" + b"a=1&" * 1500 + b" HTTP/1.1"), (414,)),
    ("many empty parameters", get(line=b"GET /github/?" + b"&" * 4000 + b" HTTP/1.1"), (414,)),
    ("many names", get(line=b"GET /github/?" + b"a&" * 1000 + b" HTTP/1.1"), (414,)),
    ("many parameters before a body", get(b"Content-Length: 16000", line=b"PUT /github/?" + b"a&" * 450 + b" HTTP/1.1") + b"n" * 16000, (414,)),
    ("many parameters and what follows", get(line=b"GET /github/?" + b"a&" * 450 + b" HTTP/1.1") + get(b"X: " + b"a" * 17000), (414,)),
    ("many cookies", get(b"Cookie: " + b"a=1; " * 2000), (431,)),
    ("many empty cookies", get(b"Cookie: " + b";" * 8000), (431,)),
    ("cookies with commas", get(b"Cookie: " + b"=," * 5000), (431,)),
    ("one long cookie", get(b"Cookie: a=" + b"b" * 26000), (431,)),
    ("several Cookie fields", get(*[b"Cookie: " + b"a=1;" * 40] * 14), (431,)),
    ("many fields that are long", get(*[b"X-%d: %s" % (i, b"a" * 380) for i in range(110)]), (431,)),
    ("many trailers", chunked(b"3\r\nabc\r\n0\r\n" + b"X-A: 1\r\n" * 1000 + b"\r\n"), (431,)),
    # Host
    ("no Host", get(host=None), BAD),
    ("two Hosts", get(b"Host: example.org"), BAD),
    ("the same Host twice", get(b"Host: {host}"), BAD),
    ("Host with a user", get(host=b"Host: a@{host}"), BAD),
    ("Host with a path", get(host=b"Host: {host}/x"), BAD),
    ("Host with a list", get(host=b"Host: {host}, example.org"), BAD),
    ("Host with a port that is none", get(host=b"Host: localhost:http"), BAD),
    ("Host with a space", get(host=b"Host: local host"), BAD),
    ("empty Host", get(host=b"Host:"), BAD),
    ("Host of blanks", get(host=b"Host: \t "), BAD),
    ("Host with an empty label", get(host=b"Host: local..host"), BAD),
    ("Host with two dots at its end", get(host=b"Host: localhost..:80"), BAD),
    ("Host that begins with a dot", get(host=b"Host: .localhost"), BAD),
    ("Host of a port", get(host=b"Host: :80"), BAD),
    ("Host with port 0", get(host=b"Host: localhost:0"), BAD),
    ("Host with port 65536", get(host=b"Host: localhost:65536"), BAD),
    ("Host with a signed port", get(host=b"Host: localhost:+80"), BAD),
    ("Host of an IPv6 zone", get(host=b"Host: [fe80::1%25lo]"), BAD),
    ("Host in brackets that is no address", get(host=b"Host: [:::::]"), BAD),
    ("Host with IPv4 in brackets", get(host=b"Host: [127.0.0.1]"), BAD),
    ("Host of IPv6 without brackets", get(host=b"Host: ::1"), BAD),
    ("Host with an escape", get(host=b"Host: local%68ost"), BAD),
    ("Host with a backslash", get(host=b"Host: localhost\\evil"), BAD),
    ("Host in other letters", get(host="Host: lоcalhost".encode()), BAD),
    ("port 0 in an absolute target", get(line=b"GET http://{host}:0/github/ HTTP/1.1"), BAD),
    ("empty label in an absolute target", get(line=b"GET http://a..b/github/ HTTP/1.1"), BAD),
    ("web socket scheme", get(line=b"GET ws://{host}/github/ HTTP/1.1"), BAD),
    # Authorization
    ("two Authorizations", get(b"Authorization: Bearer a", b"Authorization: Bearer b"), BAD),
    ("the same Authorization twice", get(b"Authorization: Bearer a", b"authorization: Bearer a"), BAD),
    ("an empty Authorization first", get(b"Authorization:", b"AUTHORIZATION: Bearer a"), BAD),
    # framing
    ("length and chunked", post(b"Content-Length: 5", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n" + SMUGGLED), BAD),
    ("chunked and length", post(b"Transfer-Encoding: chunked", b"Content-Length: 5", body=b"0\r\n\r\n" + SMUGGLED), BAD),
    ("two lengths", post(b"Content-Length: 3", b"Content-Length: 4", body=b"abcd"), BAD),
    ("list of lengths", post(b"Content-Length: 3, 3", body=b"abc"), BAD),
    ("list of two lengths", post(b"Content-Length: 3, 4", body=b"abcd"), BAD),
    ("negative length", post(b"Content-Length: -1"), BAD),
    ("length with a plus", post(b"Content-Length: +3", body=b"abc"), BAD),
    ("hexadecimal length", post(b"Content-Length: 0x3", body=b"abc"), BAD),
    ("length with a fraction", post(b"Content-Length: 3.0", body=b"abc"), BAD),
    ("word for a length", post(b"Content-Length: three", body=b"abc"), BAD),
    ("empty length", post(b"Content-Length:", body=b""), BAD),
    ("length of two numbers", post(b"Content-Length: 3 3", body=b"abc"), BAD),
    ("length over 64 bits", post(b"Content-Length: 18446744073709551619", body=b"abc"), (400, 413)),
    ("length over 63 bits", post(b"Content-Length: 9223372036854775808", body=b"abc"), (400, 413)),
    ("large length", post(b"Content-Length: 9000000000", body=b"abc"), (413,)),
    ("gzip coding", post(b"Transfer-Encoding: gzip"), UNSUPPORTED),
    ("gzip, chunked", post(b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"), UNSUPPORTED),
    ("chunked, chunked", post(b"Transfer-Encoding: chunked, chunked", body=b"0\r\n\r\n"), UNSUPPORTED),
    ("chunked, identity", post(b"Transfer-Encoding: chunked, identity", body=b"0\r\n\r\n"), UNSUPPORTED),
    ("two codings", post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity", body=b"0\r\n\r\n"), UNSUPPORTED),
    ("chunked twice", post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"), UNSUPPORTED),
    ("identity", post(b"Transfer-Encoding: identity"), UNSUPPORTED),
    ("xchunked", post(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n"), UNSUPPORTED),
    ("chunked with a vertical tab", post(b"Transfer-Encoding: \x0bchunked", body=b"0\r\n\r\n"), UNSUPPORTED),
    ("quoted chunked", post(b'Transfer-Encoding: "chunked"', body=b"0\r\n\r\n"), UNSUPPORTED),
    ("empty coding", post(b"Transfer-Encoding:", body=b""), UNSUPPORTED),
    ("chunked in HTTP/1.0", get(b"Transfer-Encoding: chunked", line=b"POST /github/tasks/ HTTP/1.0") + b"0\r\n\r\n", BAD),
    ("chunked in HTTP/1.0, with a length", get(b"Content-Length: 5", b"Transfer-Encoding: chunked", line=b"POST /github/tasks/ HTTP/1.0") + b"0\r\n\r\n", BAD),
    ("chunked in HTTP/1.0, kept alive", get(b"Connection: keep-alive", b"Transfer-Encoding: chunked", line=b"GET /github/ HTTP/1.0") + b"0\r\n\r\n" + SMUGGLED, BAD),
    ("identity in HTTP/1.0", get(b"Transfer-Encoding: identity", b"Content-Length: 3", line=b"POST /github/tasks/ HTTP/1.0") + b"abc", UNSUPPORTED),
    ("two lengths in HTTP/1.0", get(b"Content-Length: 3", b"Content-Length: 4", line=b"POST /github/tasks/ HTTP/1.0") + b"abcd", BAD),
    ("chunked for GET with a length", get(b"Content-Length: 5", b"Transfer-Encoding: chunked") + b"0\r\n\r\n" + SMUGGLED, BAD),
    ("folded coding", post(b"Transfer-Encoding:\r\n chunked", body=b"0\r\n\r\n"), UNSUPPORTED),
    ("folded Host", get(host=b"Host:\r\n {host}"), BAD),
    ("chunked with a comma behind", post(b"Transfer-Encoding: chunked,", body=b"0\r\n\r\n"), UNSUPPORTED),
    ("length minus zero", post(b"Content-Length: -0"), BAD),
    ("length with an underscore", post(b"Content-Length: 3_0", body=b"abc"), BAD),
    ("chunked with a parameter", post(b"Transfer-Encoding: chunked;a=b", body=b"0\r\n\r\n"), UNSUPPORTED),
    ("chunked with a no-break space", post(b"Transfer-Encoding: \xa0chunked", body=b"0\r\n\r\n"), UNSUPPORTED),
    ("chunked with a NUL", post(b"Transfer-Encoding: chunked\0", body=b"0\r\n\r\n"), BAD),
    ("chunked after a bare CR", post(b"X-A: 1\rTransfer-Encoding: chunked", body=b"0\r\n\r\n"), BAD),
    ("space before the colon of a coding", post(b"Transfer-Encoding : chunked", body=b"0\r\n\r\n"), BAD),
    ("length with a comma behind", post(b"Content-Length: 3,", body=b"abc"), BAD),
    ("length with a form feed", post(b"Content-Length: \x0c3", body=b"abc"), BAD),
    ("length in other digits", post("Content-Length: ３".encode(), body=b"abc"), BAD),
    ("length in quotes", post(b'Content-Length: "3"', body=b"abc"), BAD),
    ("length with an exponent", post(b"Content-Length: 3e0", body=b"abc"), BAD),
    ("lengths that differ in case", post(b"Content-Length: 3", b"CONTENT-LENGTH: 30", body=b"abc"), BAD),
    ("length of a GET twice", get(b"Content-Length: 0", b"Content-Length: 44") + SMUGGLED, BAD),
    # chunks
    ("chunk size with 0x", chunked(b"0x3\r\nabc\r\n0\r\n\r\n"), BAD),
    ("chunk size with a minus", chunked(b"-3\r\nabc\r\n0\r\n\r\n"), BAD),
    ("chunk size with a plus", chunked(b"+3\r\nabc\r\n0\r\n\r\n"), BAD),
    ("chunk size that is none", chunked(b"g\r\nabc\r\n0\r\n\r\n"), BAD),
    ("empty chunk size", chunked(b"\r\nabc\r\n0\r\n\r\n"), BAD),
    ("space before the chunk size", chunked(b" 3\r\nabc\r\n0\r\n\r\n"), BAD),
    ("space after the chunk size", chunked(b"3 \r\nabc\r\n0\r\n\r\n"), BAD),
    ("chunk size over 64 bits", chunked(b"10000000000000003\r\nabc\r\n0\r\n\r\n"), (400, 413)),
    ("chunk size of very many digits", chunked(b"0" * 70000 + b"3\r\nabc\r\n0\r\n\r\n"), (400, 413, 431)),
    ("chunk size of many digits", chunked(b"f" * 300 + b"\r\nabc\r\n0\r\n\r\n"), (400, 413)),
    ("chunk size with a bare CR", chunked(b"3\r\r\nabc\r\n0\r\n\r\n"), BAD),
    ("chunk size with an underscore", chunked(b"1_0\r\nabc\r\n0\r\n\r\n"), BAD),
    ("chunk size with a NUL", chunked(b"3\0\r\nabc\r\n0\r\n\r\n"), BAD),
    ("last chunk ends with LF", chunked(b"3\r\nabc\r\n0\n\r\n"), BAD),
    ("extension with a bare CR", chunked(b"3;a\rb\r\nabc\r\n0\r\n\r\n"), BAD),
    ("extension with a space in its name", chunked(b"3;a b\r\nabc\r\n0\r\n\r\n"), BAD),
    ("extension with a control character in quotes", chunked(b'3;a="\x01"\r\nabc\r\n0\r\n\r\n'), BAD),
    ("many extensions", chunked(b"3" + b";a=b" * 20000 + b"\r\nabc\r\n0\r\n\r\n"), BAD),
    ("coding as a trailer", chunked(b"3\r\nabc\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n"), BAD),
    ("Host as a trailer", chunked(b"3\r\nabc\r\n0\r\nHost: elsewhere\r\n\r\n"), BAD),
    ("Authorization as a trailer", chunked(b"3\r\nabc\r\n0\r\nAuthorization: Bearer a\r\n\r\n"), BAD),
    ("trailer with a NUL", chunked(b"3\r\nabc\r\n0\r\nX-A: \0\r\n\r\n"), BAD),
    ("large chunk", chunked(b"ffffffff\r\nabc"), (413,)),
    ("chunk longer than its size", chunked(b"3\r\nabcd\r\n0\r\n\r\n"), BAD),
    ("chunk without CRLF", chunked(b"3\r\nabc0\r\n\r\n"), BAD),
    ("chunk size line with LF", chunked(b"3\nabc\r\n0\r\n\r\n"), BAD),
    ("chunk ends with LF", chunked(b"3\r\nabc\n0\r\n\r\n"), BAD),
    ("extension without a name", chunked(b"3;\r\nabc\r\n0\r\n\r\n"), BAD),
    ("extension without a value", chunked(b"3;a=\r\nabc\r\n0\r\n\r\n"), BAD),
    ("extension with a bare LF", chunked(b"3;a\nb\r\nabc\r\n0\r\n\r\n"), BAD),
    ("extension with a NUL", chunked(b"3;a=\0\r\nabc\r\n0\r\n\r\n"), BAD),
    ("open quote in an extension", chunked(b'3;a="\r\nabc\r\n0\r\n\r\n'), BAD),
    ("long extension", chunked(b"3;a=" + b"b" * 70000 + b"\r\nabc\r\n0\r\n\r\n"), BAD),
    ("trailer without a colon", chunked(b"3\r\nabc\r\n0\r\nx\r\n\r\n"), BAD),
    ("trailer with a space before the colon", chunked(b"3\r\nabc\r\n0\r\nX-A : 1\r\n\r\n"), BAD),
    ("trailer with a bare LF", chunked(b"3\r\nabc\r\n0\r\nX-A: 1\n\r\n"), BAD),
    ("folded trailer", chunked(b"3\r\nabc\r\n0\r\nX-A: 1\r\n 2\r\n\r\n"), BAD),
    ("length as a trailer", chunked(b"3\r\nabc\r\n0\r\nContent-Length: 9\r\n\r\n"), BAD),
]
IDS = [c[0].replace(" ", "-") for c in CASES]

# What is fine and looks as if it were not.
FINE = [
    ("one empty line before", b"\r\n" + get(b"Connection: close")),
    ("HTTP/1.0 without Host", get(line=b"GET /github/ HTTP/1.0", host=None)),
    ("no space after the colon", get(b"X-A:1", b"Connection:close")),
    ("tabs and spaces around a value", get(b"X-A: \t 1 \t ", b"Connection: close")),
    ("blanks around a length", get(b"Content-Length: \t 3 \t ", b"Connection: close") + b"abc"),
    ("a blank behind a length", get(b"Content-Length:3 ", b"Connection: close") + b"abc"),
    ("blanks around a coding", get(b"Transfer-Encoding:\t chunked \t", b"Connection: close") + b"3\r\nabc\r\n0\r\n\r\n"),
    ("blanks around Host", get(b"Connection: close", host=b"Host: \t{host}\t ")),
    ("blanks around Connection", get(b"Connection: close \t")),
    ("blanks around Host and an absolute target", get(b"Connection:\tclose\t", line=b"GET http://{host}/github/ HTTP/1.1", host=b"Host: \t{host}\t ")),
    ("nothing but blanks", get(b"X-A: \t ", b"X-B:\t", b"Connection: close")),
    ("empty value", get(b"X-A:", b"Connection: close")),
    ("bytes above 127 in a value", get(b"X-A: \xc3\xa9\xff", b"Connection: close")),
    ("all characters of a name", get(b"!#$%&'*+-.^_`|~09azAZ: 1", b"Connection: close")),
    ("absolute target", get(b"Connection: close", line=b"GET http://{host}/github/ HTTP/1.1")),
    ("Host with an empty port", get(b"Connection: close", host=b"Host: localhost:")),
    ("Host of IPv6 with an empty port", get(b"Connection: close", host=b"Host: [::1]:")),
    ("absolute target with an empty port", get(b"Connection: close", line=b"GET http://localhost:/github/ HTTP/1.1")),
    ("absolute target, another Host", get(b"Connection: close", line=b"GET HTTP://{host}/github/ HTTP/1.1", host=b"Host: example.org")),
]
FINE_IDS = [c[0].replace(" ", "-") for c in FINE]


class Way:
    """How a server is reached. {host} is replaced by host."""

    def __init__(self, host, connect):
        self.host, self.connect = host, connect


def by_tcp(port, address="127.0.0.1", host=None):
    def connect(timeout):
        s = socket.create_connection((address, port), timeout=timeout)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return s
    return Way(host or (f"[{address}]:{port}" if ":" in address else f"{address}:{port}"), connect)


def by_tls(port, ca_file):
    context = ssl.create_default_context(cafile=ca_file)
    plain = by_tcp(port)
    return Way(plain.host, lambda timeout: context.wrap_socket(plain.connect(timeout), server_hostname="127.0.0.1"))


def by_unix_socket(path):
    def connect(timeout):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(timeout)
        s.connect(path)
        return s
    return Way("localhost", connect)


def ask(way, data, host=None, timeout=10, pieces=None):
    """All bytes of the answer, and whether the server ended the connection within the time. way: a port of this machine, or a Way.
    pieces: bytes sent at once, each in a TLS record of its own."""
    way = by_tcp(way) if isinstance(way, int) else way
    data = data.replace(b"{host}", (host or way.host).encode())
    got, end = b"", time.monotonic() + timeout
    with way.connect(timeout) as s:
        try:
            for i in range(0, len(data), pieces or len(data)):
                s.sendall(data[i:i + (pieces or len(data))])
        except OSError:
            pass  # refused before all was sent
        while True:
            s.settimeout(max(0.01, end - time.monotonic()))
            try:
                part = s.recv(65536)
            except socket.timeout:
                return got, False
            except (ConnectionError, ssl.SSLError):
                return got, True
            if not part:
                return got, True
            got += part


def refused(way, data, statuses, host=None, pieces=None):
    """Asserts one answer with one of the statuses, and the end."""
    got, ended = ask(way, data, host, pieces=pieces)
    assert got.startswith(b"HTTP/1."), (got[:200], ended)
    head, _, body = got.partition(b"\r\n\r\n")
    assert int(head.split()[1]) in statuses, got[:400]
    assert len(re.findall(rb"HTTP/1\.[01] \d\d\d ", got)) == 1 and ended, (got[:600], ended)
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    assert len(body) == length, got
    return got


# What is sent byte by byte, or never to its end.
PARTS = [c for c in CASES if len(c[1]) < 300]
SLOW = {"head": b"GET /github/ HTTP/1.1\r\nHost: {host}\r\nX-A: ",
        "chunk": b"POST /github/tasks/ HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n3;a",
        "body": b"POST /github/tasks/ HTTP/1.1\r\nHost: {host}\r\nContent-Length: 900\r\n\r\nabc"}


def answers(got):
    """The statuses of pipelined answers."""
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d\d\d) ", got)]


def load(way, good, seconds=4, threads=8):
    """Kept-alive, pipelined, cut and hostile requests at once, for so long. Returns the statuses of the good ones."""
    statuses, wrong, until = [], [], time.monotonic() + seconds

    def one(number):
        n = number
        while time.monotonic() < until:
            name, data, expected = PARTS[n % len(PARTS)]
            n += threads
            try:
                got, _ = ask(way, good * 5 + data, timeout=60, pieces=(None, 1, 7, 100)[n // threads % 4])
                found = answers(got)
                statuses.extend(found[:5])
                if len(found) != 6 or found[5] not in expected:
                    wrong.append((name, got[-300:]))
                with way.connect(60) as leaving:  # in the middle of a request
                    leaving.sendall(data[:n % max(1, len(data))] or b"G")
            except OSError as e:
                wrong.append((name, e))
    running = [threading.Thread(target=one, args=(n,)) for n in range(threads)]
    for t in running:
        t.start()
    for t in running:
        t.join()
    assert not wrong, wrong[:3]
    return statuses


def ask_in_parts(way, parts, pause=0.3):
    """As ask(), the parts sent one by one with a pause between them, so that the server reads each by itself."""
    got = b""
    with way.connect(20) as s:
        for part in parts:
            s.sendall(part.replace(b"{host}", way.host.encode()))
            time.sleep(pause)
        try:
            while more := s.recv(65536):
                got += more
        except (ConnectionError, TimeoutError):
            pass
    return got


_HEAD = post(b"Transfer-Encoding: chunked", b"Connection: close")
ENDS = {"in two": [_HEAD + b"3\r\nabc\r\n", b"0\r\n", b"\r\n"], "before a trailer": [_HEAD + b"3\r\nabc\r\n", b"0\r\n", b"X-A: 1\r\n\r\n"],
        "within a trailer": [_HEAD + b"3\r\nabc\r\n0;a=b\r\nX-A", b": 1\r\n", b"\r\n"], "at the CR": [_HEAD, b"3\r\nabc\r\n", b"0\r", b"\n\r", b"\n"],
        "and nothing before": [_HEAD, b"0\r\n", b"\r\n"]}
