"""A caller over TLS and SRTP: baresip plays a sound file into the call and keeps what it hears."""

import asyncio
import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from config.clock import SystemClock

_CONFIG = """
sip_listen 127.0.0.1:0
sip_trans_def tls
audio_source aufile,{said}
audio_player aufile,{heard}
audio_alert aufile,{heard}
audio_channels 1
rtp_timeout 0
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module srtp.so
module_tmp account.so
module_app menu.so
sip_verify_server no
"""


def make_certificate(folder: Path) -> Path:
    """For 127.0.0.1, certificate and key in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = SystemClock().now()
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "exchange.pem"
    plain = serialization.NoEncryption()
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    return path


@dataclass
class BaresipCall:
    """`said`: an 8 kHz wav file. With `secure` False the audio is offered unencrypted."""

    folder: Path
    number: str
    port: int
    said: Path
    secure: bool = True

    async def run(self, seconds: int) -> str:
        """baresip's own words."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "config").write_text(_CONFIG.format(said=self.said, heard=self.folder / "heard.wav"))
        encryption = ";mediaenc=srtp-mand" if self.secure else ""
        account = f"<sip:{self.number}@127.0.0.1;transport=tls>;regint=0;audio_codecs=PCMA{encryption}\n"
        (self.folder / "accounts").write_text(account)
        process = await asyncio.create_subprocess_exec(
            *("baresip", "-f", str(self.folder), "-t", str(seconds)),
            *("-e", f"/dial sip:12345@127.0.0.1:{self.port};transport=tls"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await asyncio.wait_for(process.communicate(), seconds + 10)
        return output.decode("utf-8", "replace")
