"""Many callers in one second, by one sipp: each listens for a while without a word, then hangs up."""

import asyncio
import tempfile
from pathlib import Path

from commands.call.sip.packets import Law
from commands.call.sip.scenario import write_crowd_scenario
from config.settings import Settings

NUMBER = "1390000[call_number]"


async def crowd(settings: Settings, callers: int, stays_ms: int) -> str:
    """sipp's own account at the end."""
    with tempfile.TemporaryDirectory(prefix="crowd-") as folder:
        (Path(folder) / "crowd.xml").write_text(write_crowd_scenario(NUMBER, Law.ALAW, stays_ms), "utf-8")
        process = await asyncio.create_subprocess_exec(
            *("sipp", f"127.0.0.1:{settings.sip.port}", "-sf", "crowd.xml", "-s", "12345", "-i", "127.0.0.1", "-nostdin"),
            *("-r", str(callers), "-m", str(callers), "-l", str(callers), "-timeout", "40s"),
            cwd=folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        return output.decode("utf-8", "replace")
