"""Points on the map. China's public maps show GCJ-02, which is shifted by some hundred metres; here everything is WGS 84."""

from dataclasses import dataclass
from enum import StrEnum
from math import asin, cos, pi, sin, sqrt
from typing import Final

_AXIS: Final = 6_378_245.0
_ECCENTRICITY: Final = 0.00669342162296594323
"""Of Krasovsky's ellipsoid (1940), on which the shift is defined."""


class Datum(StrEnum):
    WGS84 = "WGS84"
    GCJ02 = "GCJ02"


@dataclass(frozen=True, slots=True)
class Point:
    longitude: float
    latitude: float
    """In degrees, WGS 84, east and north."""


def to_wgs84(longitude: float, latitude: float, datum: Datum) -> Point:
    """Exact to about a metre; six decimals."""
    if datum is Datum.WGS84:
        return Point(round(longitude, 6), round(latitude, 6))
    guess = Point(longitude, latitude)
    for _ in range(3):
        shifted = to_gcj02(guess)
        guess = Point(guess.longitude + longitude - shifted.longitude, guess.latitude + latitude - shifted.latitude)
    return Point(round(guess.longitude, 6), round(guess.latitude, 6))


def to_gcj02(point: Point) -> Point:
    """The published approximation of the shift."""
    x, y = point.longitude - 105.0, point.latitude - 35.0
    waves = (20 * sin(6 * pi * x) + 20 * sin(2 * pi * x)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + waves
    north += (20 * sin(pi * y) + 40 * sin(pi / 3 * y) + 160 * sin(pi / 12 * y) + 320 * sin(pi / 30 * y)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + waves
    east += (20 * sin(pi * x) + 40 * sin(pi / 3 * x) + 150 * sin(pi / 12 * x) + 300 * sin(pi / 30 * x)) * 2 / 3
    angle = point.latitude / 180 * pi
    bend = 1 - _ECCENTRICITY * sin(angle) ** 2
    north = north * 180 / (_AXIS * (1 - _ECCENTRICITY) / (bend * sqrt(bend)) * pi)
    east = east * 180 / (_AXIS / sqrt(bend) * cos(angle) * pi)
    return Point(point.longitude + east, point.latitude + north)


_EARTH_M: Final = 6_371_000.0


def distance_m(one: Point, other: Point) -> float:
    """Metres along the earth's surface (haversine, mean radius)."""
    rise, turn = (other.latitude - one.latitude) * pi / 360, (other.longitude - one.longitude) * pi / 360
    level = cos(one.latitude * pi / 180) * cos(other.latitude * pi / 180)
    return 2 * _EARTH_M * asin(min(1.0, sqrt(sin(rise) ** 2 + level * sin(turn) ** 2)))
