"""A trial system with the questions that acceptance tests ask of it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from commands.trial_system import TrialSystem, trial_system, wait_for
from config.settings import ROOT
from webhooks.outgoing import open_session

SPEED = "10"
"""Calls in tests run ten times as fast as life."""


@dataclass(slots=True)
class RunningSystem:
    trial: TrialSystem
    tokens: dict[str, str] = field(default_factory=dict)

    def token(self, role: str, *more: str) -> str:
        key = " ".join([role, *more])
        if key not in self.tokens:
            self.tokens[key] = self.trial.make_token(role, *more)
        return self.tokens[key]

    def get(self, path: str, role: str = "operator", **query: str) -> Any:
        answer = open_session(self.trial.url).get(self.trial.url + path, params=query, headers=self._headers(role), timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Mapping[str, Any], role: str = "operator", *more: str) -> requests.Response:
        return open_session(self.trial.url).post(
            self.trial.url + path, json=body, headers=self._headers(role, *more), timeout=10
        )

    def _headers(self, role: str, *more: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(role, *more)}"}

    def case(self, case_no: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/api/v1/cases/{case_no}")
        return found

    def cases(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("/api/v1/cases")["cases"]
        return found

    def call_samples(self, *calls: tuple[str, ...]) -> list[dict[str, Any]]:
        """Place sample calls, all at once; each is its sample's name and options. Their cases, once they have left `open`."""
        placed = [self.trial.start_flask("call", f"samples/{name}", "--speed", SPEED, "--json", *more) for name, *more in calls]
        return [self.settled(case_of(call)) for call in placed]

    def settled(self, case_no: str, seconds: float = 60) -> dict[str, Any]:
        def left_open() -> dict[str, Any] | None:
            case = self.case(case_no)
            return None if case["state"] == "open" else case

        return wait_for("a state other than open", left_open, seconds)

    def pids(self, role: str) -> list[int]:
        """Process ids that the supervisor started for this role."""
        return [pid for pid, words in self.trial.family().items() if "commands.roles" in words and words[-1] == role]

    def kill(self, role: str) -> None:
        for pid in self.pids(role):
            os.kill(pid, signal.SIGKILL)


def case_of(calling: "subprocess.Popen[str]") -> str:
    """Case number of a call that was placed with --json, once it has ended as the carrier expects."""
    output, problems = calling.communicate(timeout=170)
    assert calling.returncode == 0, output + problems
    case_no: str = json.loads(output.strip().splitlines()[-1])["case_no"]
    return case_no


def call_in_progress(system: RunningSystem) -> "tuple[subprocess.Popen[str], str]":
    """A sample call whose conversation has begun, and its case number."""
    before = {case["case_no"] for case in system.cases()}
    calling = system.trial.start_flask("call", "samples/no-heating", "--speed", SPEED, "--json")

    def begun() -> str | None:
        return next((case["case_no"] for case in system.cases() if case["case_no"] not in before), None)

    case_no = wait_for("the call's case", begun)
    time.sleep(1.5)
    return calling, case_no


@contextmanager
def running_system(folder: Path, *options: str, **settings: str) -> Iterator[RunningSystem]:
    with trial_system(folder, *options, **settings) as trial:
        yield RunningSystem(trial)


def start_that_ends(environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Of a start that is expected to be refused."""
    command = [sys.executable, "-m", "flask", "serve"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
