"""The scenario that sipp follows: call, listen, and do what a message from beside asks for, until somebody hangs up.

sipp plays what it was given before the call. Which of it comes next is told by INFO messages with the call's own id, which
our side sends to sipp's port; their subject names the clip.
"""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from commands.call.sip.packets import EVENTS, Law

HANG_UP = "hang-up"
_HEAD = """<?xml version="1.0" encoding="UTF-8" ?>
<scenario name="resident">
  <send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:{number}@[local_ip]:[local_port]>;tag=[pid]t[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:{number}@[local_ip]:[local_port]>
Max-Forwards: 70
{headers}Content-Type: application/sdp
Content-Length: [len]

v=0
o=resident 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP {payload} {events}
a=rtpmap:{payload} {law}/8000
a=rtpmap:{events} telephone-event/8000
a=fmtp:{events} 0-15
a=ptime:20
a=sendrecv
]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="183" optional="true"/>
  <recv response="200" rrs="true"/>
  <send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[routes]
From: <sip:{number}@[local_ip]:[local_port]>;tag=[pid]t[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
"""
_LISTEN = """  <nop><action><exec play_pcap_audio={first}/></action></nop>
"""
_TOLD = """  <label id="1"/>
  <recv request="BYE" optional="true" next="2"/>
  <recv request="INFO"><action>
"""
_ASKED = '    <ereg regexp="clip-[0-9]+-|hang-up" search_in="hdr" header="Subject:" assign_to="1"/>\n  </action></recv>\n'
# A variable that an expression does not match keeps its last value: so all are compared anew each time.
_BRANCH = """  <nop><action>
    <strcmp assign_to="2" variable="1" value="{subject}"/>
    <test assign_to="3" variable="2" compare="equal" value="0"/>
  </action></nop>
  <nop next="{label}" test="3"/>
"""
_CLIP = """  <label id="{label}"/>
  <nop><action><exec play_pcap_audio={file}/></action></nop>
  <nop next="1"/>
"""
_TAIL = """  <label id="3"/>
  <send retrans="500" next="4"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[routes]
From: <sip:{number}@[local_ip]:[local_port]>;tag=[pid]t[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
  <label id="2"/>
  <send next="5"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
  <label id="4"/>
  <recv response="200"/>
  <label id="5"/>
</scenario>
"""
_FIRST_LABEL = 10


def write_scenario(number: str, law: Law, first: str, clips: Sequence[str], headers: dict[str, str]) -> str:
    """`first` is played from the answer on; `clips` when they are asked for by the subject clip-0., clip-1., ..."""
    labels = range(_FIRST_LABEL, _FIRST_LABEL + len(clips))
    parts = [_head(number, law, headers), _LISTEN.format(first=quoteattr(first)), _TOLD, _ASKED]
    parts += [_BRANCH.format(label=label, subject=subject(clip)) for clip, label in enumerate(labels)]
    parts += [_BRANCH.format(label=3, subject=HANG_UP), '  <nop next="1"/>\n']
    parts += [_CLIP.format(label=label, file=quoteattr(clip)) for label, clip in zip(labels, clips, strict=True)]
    return "".join([*parts, _TAIL.format(number=escape(number))])


def write_crowd_scenario(number: str, law: Law, stays_ms: int, sound: str | None = None) -> str:
    """For many callers of one sipp, whom nobody tells anything: each plays `sound` from the answer on, then hangs up."""
    playing = "" if sound is None else _LISTEN.format(first=quoteattr(sound))
    return f'{_head(number, law, {})}{playing}  <pause milliseconds="{stays_ms}"/>\n{_TAIL.format(number=escape(number))}'


def _head(number: str, law: Law, headers: dict[str, str]) -> str:
    written = "".join(f"{name}: {value}\n" for name, value in headers.items())
    words = {"number": escape(number), "payload": law.payload_type, "law": law.rtp_name, "events": EVENTS}
    return _HEAD.format(**words, headers=written)


def subject(clip: int) -> str:
    return f"clip-{clip}-"
