"""One websocket: whole messages to the carrier's transport, and what it makes of them to the call's session."""

import asyncio
from collections.abc import Callable

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport

from config.stream_token import StreamGrant
from media.session import Session
from media.transports.contract import Broken, Line, LineEvent, Socket, Started, Transport

MAX_MESSAGE = 64 * 1024
MAX_FRAME = 4 * MAX_MESSAGE
"""From here on the wire closes by itself, and whether the carrier still reads why is chance: unread bytes reset it."""
MAX_UNSENT = 4 * 1024 * 1024
"""Bytes that may wait for a carrier that does not read."""
TOKEN_LIMIT_S = 3.0
_GOODBYE_S = 2.0
"""How long the carrier may take to answer our close."""
_OURS_TO_END = {
    WSCloseCode.MESSAGE_TOO_BIG,
    WSCloseCode.PROTOCOL_ERROR,
    WSCloseCode.INVALID_TEXT,
    WSCloseCode.INTERNAL_ERROR,
}

Connect = Callable[[StreamGrant, Line], Session | None]


class Port(WSListener):
    """A stranger until the transport says `Started`; `strangers` holds those, `refused` is told why one was sent away."""

    def __init__(
        self,
        speaks: Callable[[Socket], Transport],
        connect: Connect,
        strangers: "set[Port]",
        refused: Callable[[str], None],
    ) -> None:
        self._transport = speaks(self)
        self._connect = connect
        self._strangers = strangers
        self._refused = refused
        self._wire: WSTransport | None = None
        self._session: Session | None = None
        self._message = bytearray()
        self._is_text = True
        self._is_closed = False

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._wire = transport
        self._strangers.add(self)
        asyncio.get_running_loop().call_later(TOKEN_LIMIT_S, self._ask_token)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind is WSMsgType.CLOSE:
            for event in self._transport.end():
                self._pass_on(event)
            transport.send_close(frame.get_close_code())
            transport.disconnect()
        elif kind in {WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION} and not self._is_closed:
            self._gather(kind, frame)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._is_closed = True
        self._strangers.discard(self)
        if self._session is None:
            return
        sent = transport.close_handshake.sent if transport.close_handshake else None
        if sent is not None and sent.code in _OURS_TO_END:
            self._session.receive(Broken("protocol"))
        else:
            self._session.receive(Broken("disconnected", may_return=True))

    def pause_writing(self) -> None:
        """A prompt is longer than the kernel's buffer: usual. `_send` minds the bound."""

    def resume_writing(self) -> None: ...

    def send_text(self, message: bytes) -> None:
        self._send(WSMsgType.TEXT, message)

    def send_binary(self, message: bytes) -> None:
        self._send(WSMsgType.BINARY, message)

    def close(self, reason: str) -> None:
        if self._wire is None or self._is_closed:
            return
        self._is_closed = True
        if self in self._strangers:
            self._strangers.discard(self)
            self._refused(reason)
        self._wire.send_close(WSCloseCode.OK, reason.encode())
        asyncio.get_running_loop().call_later(_GOODBYE_S, self._wire.disconnect, False)

    def _send(self, kind: WSMsgType, message: bytes) -> None:
        if self._wire is None or self._is_closed or self._wire.underlying_transport.is_closing():
            return
        self._wire.send(kind, message)
        if self._wire.underlying_transport.get_write_buffer_size() > MAX_UNSENT:
            self._wire.underlying_transport.abort()

    def _gather(self, kind: WSMsgType, frame: WSFrame) -> None:
        if kind is not WSMsgType.CONTINUATION:
            self._message.clear()
            self._is_text = kind is WSMsgType.TEXT
            if frame.fin and frame.payload_size <= MAX_MESSAGE:
                self._receive(frame.get_payload_as_bytes())
                return
        self._message += frame.get_payload_as_memoryview()
        if len(self._message) > MAX_MESSAGE:
            self._fail()
        elif frame.fin:
            message = bytes(self._message)
            self._message.clear()
            self._receive(message)

    def _receive(self, message: bytes) -> None:
        for event in self._transport.receive(message, self._is_text):
            self._pass_on(event)

    def _pass_on(self, event: LineEvent) -> None:
        if isinstance(event, Started):
            self._strangers.discard(self)
            self._session = self._connect(event.grant, self._transport)
        elif self._session is not None:
            self._session.receive(event)

    def _ask_token(self) -> None:
        if self in self._strangers:
            self.close("no_token")

    def _fail(self) -> None:
        """A message that is too long: the rest is read and thrown away until the carrier has taken our close."""
        if self._wire is None:
            return
        self._is_closed = True
        self._message.clear()
        self._wire.send_close(WSCloseCode.MESSAGE_TOO_BIG)
        asyncio.get_running_loop().call_later(_GOODBYE_S, self._wire.disconnect, False)
