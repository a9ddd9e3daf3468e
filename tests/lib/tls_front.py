"""nginx in front of a server that speaks plain HTTP: TLS with a certificate of an unknown authority, optionally HTTP/2."""
import pathlib
import shutil
import socket
import subprocess
import time

import pytest

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
CONFIG = """
daemon off;
master_process off;
pid nginx.pid;
error_log nginx.log info;
events { worker_connections 256; }
http {
  log_format told '$server_protocol $connection $status $request_method $request_uri';
  access_log access.log told;
  client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp; uwsgi_temp_path temp; scgi_temp_path temp;
  upstream plain { server %(plain)s; keepalive 32; }
  server {
    listen 127.0.0.1:%(port)d ssl%(http2)s;
    keepalive_requests 100000;
    ssl_certificate cert.pem;
    ssl_certificate_key key.pem;
    location / {
      proxy_pass http://plain;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-Proto https;
    }
  }
}
"""


def make_certificate(folder):
    """cert.pem, which has signed itself, and key.pem."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True)


class TlsFront:
    """plain: the address of the server behind it, as http://HOST:PORT."""

    def __init__(self, folder, plain, http2):
        if not NGINX:
            pytest.skip("nginx is not installed (Debian's nginx-light)")
        self.folder = pathlib.Path(folder)
        (self.folder / "temp").mkdir(parents=True)
        make_certificate(self.folder)
        self.ca_file = self.folder / "cert.pem"
        # Bound and not listening: nginx may listen there, and nobody else is given the port.
        self.port = socket.socket()
        self.port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.port.bind(("127.0.0.1", 0))
        port = self.port.getsockname()[1]
        self.url = f"https://127.0.0.1:{port}"
        (self.folder / "nginx.conf").write_text(CONFIG % {
            "plain": plain.removeprefix("http://"), "port": port, "http2": " http2" if http2 else ""})
        self.process = subprocess.Popen([NGINX, "-p", str(self.folder) + "/", "-c", "nginx.conf", "-e", "nginx.log"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while True:
            assert self.process.poll() is None and time.monotonic() < until, (self.folder / "nginx.log").read_text()
            try:
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                return
            except ConnectionRefusedError:
                time.sleep(0.02)

    def requests(self):
        """[(protocol, number of the connection, status, method, path)] of those that are over."""
        lines = (self.folder / "access.log").read_text().splitlines()
        return [(protocol, connection, int(status), method, path)
                for protocol, connection, status, method, path in (line.split(" ", 4) for line in lines)]

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.port.close()
        return self.process.wait(20)
