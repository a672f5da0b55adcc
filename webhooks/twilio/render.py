"""What Twilio is told to do, as TwiML. Pure: everything that it needs comes in."""

from collections.abc import Sequence
from dataclasses import dataclass

from twilio.twiml.voice_response import Connect, Dial, VoiceResponse

from ivr.prompts import PromptBook

MESSAGE_LIMIT_S = 300
MESSAGE_SILENCE_S = 8
"""So much silence ends a message: old people think between two sentences."""
LANGUAGE = "zh-CN"
CALL_BACK_RINGS_S = 40
"""How long a resident's telephone rings."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where Twilio finds us. `public_url` without a slash at its end; `number`: the hotline's own there, may be empty."""

    public_url: str
    media_url: str
    number: str = ""

    def webhook(self, name: str) -> str:
        return f"{self.public_url}/webhooks/twilio/{name}"

    def prompt(self, prompt_id: str) -> str:
        return self.webhook(f"prompts/{prompt_id}.wav")

    @property
    def stream(self) -> str:
        return f"{self.media_url}/media/twilio"


@dataclass(frozen=True, slots=True)
class Renderer:
    addresses: Addresses
    prompts: PromptBook

    def converse(self, token: str, stream: int) -> str:
        """Connect the audio to the media process; when that closes the stream, ask us again.

        `stream` counts the streams of this call; it comes back in the stream's status.
        """
        response = VoiceResponse()
        connect = Connect()
        status = self.addresses.webhook("stream")
        audio = connect.stream(
            url=self.addresses.stream, name=str(stream), status_callback=status, status_callback_method="POST"
        )
        audio.parameter(name="token", value=token)
        response.append(connect)
        response.redirect(self.addresses.webhook("next"), method="POST")
        return str(response)

    def transfer(self, spoken: Sequence[str], number: str, timeout_s: int) -> str:
        """Say the prompts, then ring a human; afterwards we are asked how that went."""
        response = self._saying(spoken)
        dial = Dial(timeout=timeout_s, action=self.addresses.webhook("next"), method="POST")
        dial.number(number)
        response.append(dial)
        return str(response)

    def call_resident(self, spoken: Sequence[str], number: str, call: str) -> str:
        """Say the prompts to the operator, then ring the resident, who sees our number. `call`: our id of the attempt."""
        response = self._saying(spoken)
        dial = Dial(
            timeout=CALL_BACK_RINGS_S,
            action=self.addresses.webhook(f"called-back/{call}"),
            method="POST",
            caller_id=self.addresses.number,
        )
        dial.number(number, url=self.addresses.webhook(f"call-back-answered/{call}"), method="POST")
        response.append(dial)
        return str(response)

    def nothing(self) -> str:
        """Go on with the call as it is."""
        return str(VoiceResponse())

    def take_message(self, spoken: Sequence[str], thanks: Sequence[str]) -> str:
        """Say the prompts and record. Where nobody speaks, Twilio goes on behind the recorder: to the thanks."""
        response = self._saying(spoken)
        response.record(
            action=self.addresses.webhook("next"),
            method="POST",
            max_length=MESSAGE_LIMIT_S,
            timeout=MESSAGE_SILENCE_S,
            finish_on_key="#",
            play_beep=True,
            trim="do-not-trim",
            recording_status_callback=self.addresses.webhook("recording"),
            recording_status_callback_method="POST",
            recording_status_callback_event="completed absent",
        )
        self._say(response, thanks)
        response.hangup()
        return str(response)

    def hang_up(self, spoken: Sequence[str] = ()) -> str:
        response = self._saying(spoken)
        response.hangup()
        return str(response)

    def _saying(self, spoken: Sequence[str]) -> VoiceResponse:
        response = VoiceResponse()
        self._say(response, spoken)
        return response

    def _say(self, response: VoiceResponse, spoken: Sequence[str]) -> None:
        for prompt_id in spoken:
            if prompt_id in self.prompts.sounds:
                response.play(self.addresses.prompt(prompt_id))
            else:
                response.say(self.prompts.say(prompt_id), language=LANGUAGE)
