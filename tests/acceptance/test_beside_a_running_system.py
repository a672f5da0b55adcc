"""What is refused because a system runs already."""

from pathlib import Path

from tests.running_system import RunningSystem, start_that_ends


def test_a_busy_port_is_named_with_its_setting(system: RunningSystem, tmp_path: Path) -> None:
    environment = {**system.trial.environment, "HOTLINE_VAR": str(tmp_path)}

    ended = start_that_ends(environment)

    assert ended.returncode == 2
    assert "HOTLINE_PORT" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_second_system_on_the_same_data_is_refused(system: RunningSystem) -> None:
    ended = system.trial.flask("serve", timeout_s=60)

    assert ended.returncode == 2
    assert "already runs" in ended.stderr
