"""What the surfaces are made of. A finish tells colour and gloss for a place on a surface."""

from hashlib import blake2b
from math import cos, pi, sin

from shopsite.demo_company.drawing.mesh import Colour, Finish

CLAY: Colour = (0.66, 0.53, 0.41)
WHITE: Colour = (0.93, 0.92, 0.89)


def tone(code: str) -> Colour:
    """A colour written as rrggbb."""
    return int(code[0:2], 16) / 255, int(code[2:4], 16) / 255, int(code[4:6], 16) / 255


def mix(a: Colour, b: Colour, share: float) -> Colour:
    share = min(1.0, max(0.0, share))
    return tuple(x + (y - x) * share for x, y in zip(a, b, strict=True))  # type: ignore[return-value]


def noise(*place: float) -> float:
    """The same number from 0 to 1 for the same place."""
    digest = blake2b(repr(place).encode(), digest_size=4).digest()
    return int.from_bytes(digest) / 2**32


def glaze(
    body: Colour,
    *,
    foot: Colour | None = None,
    rim: Colour | None = None,
    pool: Colour | None = None,
    speck: float = 0.0,
    speck_colour: Colour = (0.36, 0.25, 0.16),
    gloss: float = 0.75,
    dip: float = 0.0,
    dip_colour: Colour = CLAY,
) -> Finish:
    """A glaze that runs: thin and broken at the rim, thicker below, bare clay at the foot.

    `dip` leaves the lower share of the body bare, with an uneven line as dipping leaves it.
    """

    def finish(share: float, angle: float, _y: float) -> tuple[Colour, float]:
        colour, shine = body, gloss
        if pool is not None:
            wave = 0.06 * sin(3 * angle + 1.3) + 0.03 * sin(7 * angle)
            colour = mix(pool, body, (share + wave) * 1.35)
        if rim is not None:
            colour = mix(colour, rim, (share - 0.955) / 0.03)
        if speck and noise(round(share, 3), round(angle, 3)) < speck:
            colour = mix(colour, speck_colour, 0.75)
        line = dip + 0.018 * sin(2 * angle + 0.4) + 0.010 * sin(5 * angle)
        if dip and share < line:
            colour, shine = (
                mix(dip_colour, (0.3, 0.22, 0.16), 0.12 * noise(round(share, 2), round(angle, 2))),
                0.06,
            )
        if foot is not None and share < 0.035:
            colour, shine = foot, 0.05
        return colour, shine

    return finish


def banded(under: Finish, colour: Colour, bands: list[tuple[float, float]]) -> Finish:
    """Brush lines around the body: (share of the height, width)."""

    def finish(share: float, angle: float, y: float) -> tuple[Colour, float]:
        ground, gloss = under(share, angle, y)
        for middle, width in bands:
            hand = 0.0025 * sin(4 * angle) + 0.0015 * sin(11 * angle)
            if abs(share - middle + hand) < width / 2:
                return mix(ground, colour, 0.80 + 0.15 * noise(round(angle, 1), middle)), gloss
        return ground, gloss

    return finish


def petals(
    under: Finish, colour: Colour, *, count: int = 16, low: float = 0.08, high: float = 0.62
) -> Finish:
    """A wreath of lotus petals painted from the foot upwards."""

    def finish(share: float, angle: float, y: float) -> tuple[Colour, float]:
        ground, gloss = under(share, angle, y)
        if low < share < high:
            place = (share - low) / (high - low)
            across = abs(((angle * count / (2 * pi)) % 1) - 0.5) * 2  # 0 in the middle of a petal
            edge = (1 - place) ** 0.55
            if abs(across - edge) < 0.10:
                return mix(ground, colour, 0.85), gloss
            if across < edge:
                return mix(ground, colour, 0.10 + 0.35 * (across / max(edge, 0.01)) ** 3), gloss
        return ground, gloss

    return finish


def strokes(under: Finish, colour: Colour, *, count: int = 40, low: float = 0.1, high: float = 0.9) -> Finish:
    """Upright brush strokes of uneven length."""

    def finish(share: float, angle: float, y: float) -> tuple[Colour, float]:
        ground, gloss = under(share, angle, y)
        number = int(angle * count / (2 * pi))
        across = abs(((angle * count / (2 * pi)) % 1) - 0.5) * 2
        start = low + 0.08 * noise(number, 1.0)
        end = high - 0.25 * noise(number, 2.0)
        if start < share < end and across < 0.42:
            return mix(ground, colour, 0.75 - 0.35 * (share - start)), gloss
        return ground, gloss

    return finish


def metal(body: Colour, *, brushed: float = 0.05, gloss: float = 1.0) -> Finish:
    """Steel or iron: the picture of the room in it is stronger than its colour."""

    def finish(share: float, angle: float, _y: float) -> tuple[Colour, float]:
        stripe = 1 - brushed * noise(round(share * 90), 7.0)
        mirror = 0.82 + 0.18 * cos(2 * angle + 0.7)
        return (body[0] * stripe * mirror, body[1] * stripe * mirror, body[2] * stripe * mirror), gloss

    return finish


def wood(light: Colour, dark: Colour, *, gloss: float = 0.12, rings: float = 26.0) -> Finish:
    """Long grain along the first coordinate."""

    def finish(share: float, across: float, _y: float) -> tuple[Colour, float]:
        bend = 0.05 * sin(share * 5.1) + 0.02 * sin(share * 13 + across * 3)
        line = 0.5 + 0.5 * sin((across + bend) * rings + 2.2 * sin(across * 5 + share * 1.7))
        grain = 0.25 * noise(round(share * 40), round(across * 160))
        return mix(light, dark, 0.75 * line**2 + grain), gloss

    return finish


def bamboo(light: Colour, dark: Colour) -> Finish:
    """Woven strips around a body."""

    def finish(share: float, angle: float, _y: float) -> tuple[Colour, float]:
        row, column = int(share * 14), int(angle * 60 / (2 * pi))
        over = (row + column) % 2
        return mix(light, dark, 0.15 + 0.45 * over + 0.2 * noise(row, column)), 0.12

    return finish
