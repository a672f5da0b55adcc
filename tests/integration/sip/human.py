"""A human's telephone on the trunk: it rings for a while, then it is busy."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.settings import Settings

RINGS_MS = 1000
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
_SCENARIO = f"""<?xml version="1.0" encoding="UTF-8" ?>
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


@contextmanager
def busy_human(settings: Settings) -> Iterator[None]:
    with tempfile.TemporaryDirectory(prefix="human-") as folder:
        (Path(folder) / "human.xml").write_text(_SCENARIO)
        command = ["sipp", "-sf", "human.xml", "-i", "127.0.0.1", "-p", str(settings.sip.trunk_port), "-nostdin"]
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(command, cwd=folder, stdin=quiet, stdout=quiet, stderr=quiet)
        try:
            yield
        finally:
            process.kill()
            process.wait()
