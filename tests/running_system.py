"""A trial system with the questions that acceptance tests ask of it."""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from commands.trial_system import TrialSystem, trial_system, wait_for


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
        answer = requests.get(self.trial.url + path, params=query, headers=self._headers(role), timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Mapping[str, Any], role: str = "operator", *more: str) -> requests.Response:
        return requests.post(self.trial.url + path, json=body, headers=self._headers(role, *more), timeout=10)

    def _headers(self, role: str, *more: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(role, *more)}"}

    def case(self, case_no: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/api/v1/cases/{case_no}")
        return found

    def cases(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("/api/v1/cases")["cases"]
        return found

    def call_sample(self, name: str, *options: str) -> dict[str, Any]:
        """Place a sample call, see it end well, and return its case once that has left `open`."""
        before = {case["case_no"] for case in self.cases()}
        called = self.trial.flask("call", f"samples/{name}", *options)
        assert called.returncode == 0, called.stdout + called.stderr
        (case_no,) = {case["case_no"] for case in self.cases()} - before
        return self.settled(case_no)

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


@contextmanager
def running_system(folder: Path, *options: str, **settings: str) -> Iterator[RunningSystem]:
    with trial_system(folder, *options, **settings) as trial:
        yield RunningSystem(trial)
