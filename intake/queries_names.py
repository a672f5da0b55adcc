"""Names of the city's codes, for reading: None for no code, the code itself where the city's data no longer knows it."""

from intake.office import Office


def category_name(office: Office, code: str | None) -> str | None:
    """The leaf's own name, last of its path."""
    path = category_path(office, code)
    return path[-1] if path else code


def category_path(office: Office, code: str | None) -> tuple[str, ...]:
    """Names from the first level to the leaf; empty for no code or an unknown one."""
    leaf = office.taxonomy().leaf(code) if code else None
    return tuple(leaf.path) if leaf else ()


def place_name(office: Office, district: str | None, subdistrict: str | None, community: str | None) -> str | None:
    """The smallest known place with what is around it, from the large to the small: 昌平区天通苑北街道."""
    code = community or subdistrict or district
    return office.places().full_name(code) or code if code else None
