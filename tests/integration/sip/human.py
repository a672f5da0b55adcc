"""A human's telephone on the trunk: one that rings for a while and then is busy, and one that is picked up and speaks."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from asr.g711 import MULAW_SILENCE
from commands.call.sip.packets import Law, Track
from commands.trial_system import free_ports
from config.settings import Settings

RINGS_MS = 1000
LISTENS_MS = 4000
"""From picking up until the human speaks."""
_ANSWER = """  <send><![CDATA[
SIP/2.0 {status}
[last_Via:]
[last_From:]
[last_To:];tag=[pid]human[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:human@[local_ip]:[local_port]>
Content-Length: 0

]]></send>
"""
_BUSY = f"""<?xml version="1.0" encoding="UTF-8" ?>
<scenario name="busy human">
  <recv request="INVITE"/>
{_ANSWER.format(status="180 Ringing")}
  <recv request="CANCEL" timeout="{RINGS_MS}" ontimeout="1"/>
{_ANSWER.format(status="200 OK")}
  <nop next="2"/>
  <label id="1"/>
{_ANSWER.format(status="486 Busy Here")}
  <recv request="ACK" timeout="2000" ontimeout="2"/>
  <label id="2"/>
</scenario>
"""
_TALKING = f"""<?xml version="1.0" encoding="UTF-8" ?>
<scenario name="talking human">
  <recv request="INVITE"/>
  <send retrans="500"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[pid]human[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:human@[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=human 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000
a=ptime:20
a=sendrecv
]]></send>
  <recv request="ACK"/>
  <nop><action><exec play_pcap_audio="human.pcap"/></action></nop>
  <recv request="BYE"/>
{_ANSWER.format(status="200 OK")}
</scenario>
"""


@contextmanager
def busy_human(settings: Settings) -> Iterator[None]:
    with _telephone(settings, _BUSY):
        yield


@contextmanager
def talking_human(settings: Settings, mulaw: bytes) -> Iterator[None]:
    """Picks up at once, listens for some seconds, then says this; hangs up only after the other side."""
    track = Track(Law.ALAW)
    track.speak(MULAW_SILENCE * (LISTENS_MS * 8) + mulaw + MULAW_SILENCE * 8 * 60_000)
    with _telephone(settings, _TALKING, track.capture()):
        yield


@contextmanager
def _telephone(settings: Settings, scenario: str, capture: bytes = b"") -> Iterator[None]:
    (media_port,) = free_ports(1)
    with tempfile.TemporaryDirectory(prefix="human-") as folder:
        (Path(folder) / "human.xml").write_text(scenario)
        (Path(folder) / "human.pcap").write_bytes(capture)
        command = ["sipp", "-sf", "human.xml", "-i", "127.0.0.1", "-p", str(settings.sip.trunk_port), "-nostdin"]
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(
            [*command, "-mi", "127.0.0.1", "-mp", str(media_port)], cwd=folder, stdin=quiet, stdout=quiet, stderr=quiet
        )
        try:
            yield
        finally:
            process.kill()
            process.wait()
