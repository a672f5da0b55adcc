"""An nginx of its own for the tests, with the project's configuration: only ports, names and certificate are other ones."""

import datetime
import ipaddress
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from config.settings import ROOT

_CONFIGURATION = ROOT / "deploy" / "nginx" / "hotline.conf"
_AROUND = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    {site}
}}
"""


def why_no_nginx() -> str | None:
    """The reason to skip, None where it can be started."""
    return None if _binary() else "nginx is not installed: run `make parts`"


@contextmanager
def running_nginx(folder: Path, port: int, behind: Mapping[int, int]) -> Iterator[Path]:
    """https://127.0.0.1:`port`, and its certificate; `behind`: port in our configuration -> port of the same role here."""
    certificate, key = _certificate(folder)
    site = _CONFIGURATION.read_text("utf-8").replace("listen 443 ", f"listen 127.0.0.1:{port} ")
    site = re.sub(r"ssl_certificate .*;", f"ssl_certificate {certificate};", site)
    site = re.sub(r"ssl_certificate_key .*;", f"ssl_certificate_key {key};", site)
    for theirs, ours in behind.items():
        site = site.replace(f"127.0.0.1:{theirs};", f"127.0.0.1:{ours};")
    whole = folder / "nginx.conf"
    whole.write_text(_AROUND.format(folder=folder, site=site), "utf-8")
    with (folder / "output").open("wb") as output:
        server = subprocess.Popen([str(_binary()), "-c", str(whole), "-e", str(folder / "log")], stdout=output, stderr=output)
    try:
        _wait_until_it_listens(port, server, folder)
        yield certificate
    finally:
        server.terminate()
        server.wait(10)


def _binary() -> str | None:
    return shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")


def _wait_until_it_listens(port: int, server: "subprocess.Popen[bytes]", folder: Path) -> None:
    until = time.monotonic() + 20
    while server.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"nginx did not start: {(folder / 'output').read_text()}")


def _certificate(folder: Path) -> tuple[Path, Path]:
    """For 127.0.0.1, signed by itself, of one day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path, key_path = folder / "certificate.pem", folder / "key.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path, key_path
