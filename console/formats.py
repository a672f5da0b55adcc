"""How pages write times, spans and numbers: in the city's own zone, short, and whole for whoever asks."""

from datetime import datetime, timedelta

from config.clock import CITY_ZONE
from console.saying import say as _


def clock_time(at: datetime | None) -> str:
    """14:05"""
    return at.astimezone(CITY_ZONE).strftime("%H:%M") if at else ""


def day_and_time(at: datetime | None, now: datetime) -> str:
    """14:05 for today, 11-22 14:05 for this year, 2025-11-22 14:05 for earlier ones."""
    if at is None:
        return ""
    there, today = at.astimezone(CITY_ZONE), now.astimezone(CITY_ZONE)
    if there.date() == today.date():
        return there.strftime("%H:%M")
    return there.strftime("%m-%d %H:%M" if there.year == today.year else "%Y-%m-%d %H:%M")


def full_time(at: datetime | None) -> str:
    return at.astimezone(CITY_ZONE).strftime("%Y-%m-%d %H:%M:%S") if at else ""


def span(seconds: float | None) -> str:
    """0:07, 12:30, then 1 h 05 min, then days."""
    if seconds is None:
        return "—"
    whole = max(0, int(seconds))
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d}"
    if whole < 86400:
        return _("%(hours)s 小时 %(minutes)s 分", hours=whole // 3600, minutes=whole % 3600 // 60)
    return _("%(days)s 天 %(hours)s 小时", days=whole // 86400, hours=whole % 86400 // 3600)


def seconds(value: float | None) -> str:
    """For figures that shall be small: 0.2, 4.5, 38, then minutes."""
    if value is None:
        return "—"
    if value < 10:
        return _("%(n)s 秒", n=f"{value:.1f}")
    return _("%(n)s 秒", n=f"{value:.0f}") if value < 120 else span(value)


def position_in_audio(milliseconds: int) -> str:
    """00:07"""
    whole = milliseconds // 1000
    return f"{whole // 60:02d}:{whole % 60:02d}"


def spaced(case_no: str) -> str:
    """2601 05 000123 -> 260105 000123: the day and the number apart."""
    return f"{case_no[:6]} {case_no[6:]}"


def time_left(deadline: datetime, now: datetime) -> str:
    left = deadline - now
    if left <= timedelta(0):
        return _("已超期")
    return _("剩 %(span)s", span=_hours(left))


def ago(at: datetime, now: datetime) -> str:
    """3 分钟前, 5 小时前, 2 天前"""
    return _("%(span)s 前", span=_hours(now - at))


def _hours(left: timedelta) -> str:
    hours = left.total_seconds() / 3600 + 0.5
    if hours < 1.5:
        return _("%(n)s 分钟", n=max(1, round(left.total_seconds() / 60)))
    return _("%(n)s 小时", n=int(hours)) if hours < 48 else _("%(n)s 天", n=round(left.total_seconds() / 86400))
