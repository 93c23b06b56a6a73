"""The forms of the house: what is thrown, what is cast, what is cut from wood."""

from collections.abc import Iterator
from itertools import chain, pairwise
from math import cos, pi, sin

from shopsite.demo_company.drawing.glazes import tone, wood
from shopsite.demo_company.drawing.mesh import Finish, Quad, cuboid, lathe, moved, slab, smooth, tube

Points = list[tuple[float, float]]
Quads = Iterator[Quad]


def vessel(
    outer: Points, wall: float, finish: Finish, inner: Finish | None = None, *, depth: float = 0.12, **how
) -> Quads:  # type: ignore[no-untyped-def]
    """A hollow body: the outline from foot to rim, a rounded lip, and the same wall inside."""
    curve = smooth(outer)
    rim_r, rim_y = curve[-1]
    lip = [
        (rim_r - wall / 2 + wall / 2 * cos(t * pi / 6), rim_y + wall / 2 * sin(t * pi / 6))
        for t in range(1, 7)
    ]
    down = [(max(r - wall, 0.0), y) for r, y in reversed(curve) if y > depth]
    down.append((0.0, depth))
    yield from lathe([*curve, *lip], finish, **how)
    yield from lathe([lip[-1], *down], inner or finish, inside_from=0, **how)


def lid(
    radius: float, y: float, rise: float, finish: Finish, knob: Finish | None = None, *, size: float = 0.13
) -> Quads:
    """A domed lid with a turned knob."""
    dome = [(radius * cos(t * pi / 24), y + rise * sin(t * pi / 24)) for t in range(11)]
    edge = [(radius * 0.97, y - 0.03), (radius * 1.01, y - 0.015), *dome, (0.0, y + rise)]
    top = y + rise * 0.96
    grip = smooth(
        [
            (size * 0.55, top),
            (size * 0.45, top + size * 0.5),
            (size, top + size * 1.2),
            (size * 0.75, top + size * 1.75),
            (0.0, top + size * 1.9),
        ],
        8,
    )
    return chain(lathe(edge, finish), lathe(grip, knob or finish, around=72))


def ear(
    x: float, low: float, high: float, reach: float, thick: float, finish: Finish, *, flat: float = 1.25
) -> Quads:
    """A handle on the right side, from `high` out and back to `low`."""
    middle, half = (low + high) / 2, (high - low) / 2
    path = [
        (x + reach * sin(t) ** 0.8 if 0 < t < pi else x, middle + half * cos(t), 0.0)
        for t in (pi * i / 26 for i in range(27))
    ]
    return tube(path, lambda s: thick * (1.15 - 0.35 * sin(pi * s)), finish, flat=flat)


def mug(finish: Finish, inner: Finish, *, r: float = 0.62, h: float = 1.25, belly: float = 0.0) -> Quads:
    outline = [
        (r * 0.80, 0.0),
        (r * 0.93, 0.03),
        (r * 0.985 + belly * 0.6, 0.18),
        (r + belly, h * 0.5),
        (r, h),
    ]
    return chain(
        vessel(outline, 0.055, finish, inner, depth=0.1),
        moved(ear(r + belly * 0.6 - 0.03, h * 0.24, h * 0.80, 0.40, 0.075, finish), turn=-0.42),
    )


def tumbler(finish: Finish, inner: Finish, *, r: float = 0.5, h: float = 1.2, foot: float = 0.8) -> Quads:
    return vessel(
        [(r * foot * 0.85, 0.0), (r * foot, 0.04), (r * (foot + 1) / 2, h * 0.5), (r, h)], 0.05, finish, inner
    )


def cup(finish: Finish, inner: Finish, *, r: float = 0.7, h: float = 0.72, flare: float = 0.0) -> Quads:
    outline = [
        (r * 0.45, 0.0),
        (r * 0.45, 0.0),
        (r * 0.46, 0.09),
        (r * 0.46, 0.09),
        (r * 0.78, 0.22),
        (r * 0.94, h * 0.62),
        (r + flare, h),
    ]
    return vessel(outline, 0.035, finish, inner, depth=0.13)


def bowl(finish: Finish, inner: Finish, *, r: float = 1.0, h: float = 0.72, **how) -> Quads:  # type: ignore[no-untyped-def]
    outline = [
        (r * 0.42, 0.0),
        (r * 0.42, 0.0),
        (r * 0.43, 0.09),
        (r * 0.43, 0.09),
        (r * 0.74, 0.2),
        (r * 0.93, h * 0.6),
        (r, h),
    ]
    return vessel(outline, 0.04, finish, inner, depth=0.13, **how)


def plate(
    finish: Finish, inner: Finish, *, r: float = 1.2, h: float = 0.19, well: float = 0.66, **how
) -> Quads:  # type: ignore[no-untyped-def]
    outer = smooth([(r * 0.55, 0.0), (r * 0.6, 0.03), (r * 0.8, h * 0.4), (r, h)])
    face = smooth(
        [
            (r, h),
            (r * 0.985, h + 0.018),
            (r * (well + 0.13), h * 0.72),
            (r * (well + 0.02), h * 0.52),
            (r * well * 0.9, h * 0.40),
            (0.0, h * 0.38),
        ]
    )
    yield from lathe(outer, finish, **how)
    for quad in lathe(face, inner, inside_from=0, **how):
        yield Quad(quad.corners, quad.normal, quad.colour, quad.gloss, 0.93)


def pot(
    finish: Finish,
    knob: Finish,
    *,
    r: float = 0.78,
    h: float = 0.98,
    spout: float = 1.0,
    side_handle: bool = True,
) -> Quads:
    """A teapot: body, lid, spout to the left, handle to the right."""
    outline = [
        (r * 0.52, 0.0),
        (r * 0.62, 0.03),
        (r * 0.95, h * 0.28),
        (r, h * 0.52),
        (r * 0.82, h * 0.84),
        (r * 0.47, h),
        (r * 0.43, h + 0.03),
    ]
    path = [
        (-(r * 0.86 + 0.62 * spout * t), h * (0.36 + 0.20 * t + 0.52 * t * t), 0.0)
        for t in (i / 16 for i in range(17))
    ]
    parts = [
        lathe(smooth(outline), finish),
        lid(r * 0.45, h + 0.02, 0.13, finish, knob, size=0.115),
        tube(path, lambda s: 0.19 - 0.115 * s, finish, flat=0.9),
    ]
    if side_handle:
        parts.append(ear(r * 0.80, h * 0.22, h * 0.88, 0.56, 0.070, finish))
    else:
        arch = [(-r * 0.72 * cos(t), h * 0.80 + 0.98 * sin(t), 0.0) for t in (pi * i / 30 for i in range(31))]
        parts.append(tube(arch, lambda s: 0.055, knob, flat=1.3))
    return chain(*parts)


def gaiwan(finish: Finish, inner: Finish) -> Quads:
    saucer = plate(finish, inner, r=0.98, h=0.16, well=0.5)
    body = moved(cup(finish, inner, r=0.70, h=0.74, flare=0.07), y=0.10)
    cover = moved(lid(0.64, 0.0, 0.20, finish, size=0.12), y=0.86)
    return chain(saucer, body, cover)


def jar(
    finish: Finish,
    top: Finish,
    *,
    r: float = 0.62,
    h: float = 1.2,
    shoulder: float = 0.06,
    rise: float = 0.10,
) -> Quads:
    body = smooth(
        [
            (r * 0.88, 0.0),
            (r * 0.95, 0.02),
            (r, 0.14),
            (r, h * 0.55),
            (r * 0.985, h - shoulder * 1.6),
            (r * 0.90, h),
            (r * 0.86, h + 0.02),
        ]
    )
    return chain(lathe(body, finish), lid(r * 0.90, h + 0.04, rise, top, size=0.13))


def vase(outline: Points, finish: Finish, inner: Finish, *, wall: float = 0.05, **how) -> Quads:  # type: ignore[no-untyped-def]
    return vessel(outline, wall, finish, inner, depth=0.3, **how)


PLUM: Points = [
    (0.36, 0.0),
    (0.40, 0.03),
    (0.42, 0.35),
    (0.62, 1.05),
    (0.70, 1.50),
    (0.52, 1.86),
    (0.22, 2.0),
    (0.19, 2.08),
    (0.25, 2.18),
]
GOURD: Points = [
    (0.46, 0.0),
    (0.52, 0.03),
    (0.74, 0.40),
    (0.66, 0.82),
    (0.34, 1.08),
    (0.44, 1.36),
    (0.42, 1.56),
    (0.20, 1.80),
    (0.15, 1.95),
    (0.20, 2.04),
]
MOON: Points = [
    (0.38, 0.0),
    (0.44, 0.03),
    (0.80, 0.35),
    (0.93, 0.78),
    (0.74, 1.22),
    (0.38, 1.40),
    (0.36, 1.48),
    (0.40, 1.54),
]
TRUMPET: Points = [
    (0.44, 0.0),
    (0.47, 0.03),
    (0.36, 0.30),
    (0.30, 0.85),
    (0.33, 1.35),
    (0.52, 1.85),
    (0.66, 2.02),
]
BOTTLE: Points = [
    (0.52, 0.0),
    (0.56, 0.03),
    (0.62, 0.35),
    (0.55, 0.78),
    (0.24, 1.12),
    (0.155, 1.45),
    (0.165, 1.80),
    (0.23, 1.92),
]
PLANTER: Points = [(0.52, 0.0), (0.56, 0.03), (0.66, 0.45), (0.78, 0.98)]


def casserole(
    finish: Finish, inner: Finish, *, r: float = 1.0, h: float = 0.72, rise: float = 0.30, reach: float = 0.24
) -> Quads:
    body = smooth([(r * 0.66, 0.0), (r * 0.74, 0.03), (r * 0.95, h * 0.35), (r, h * 0.85), (r * 1.02, h)])
    return chain(
        lathe(body, finish),
        lid(r * 0.99, h + 0.03, rise, inner, finish, size=0.15),
        ear(r * 0.94, h * 0.52, h * 0.86, reach, 0.085, finish, flat=2.1),
        moved(ear(r * 0.94, h * 0.52, h * 0.86, reach, 0.085, finish, flat=2.1), turn=pi),
    )


def pan(
    finish: Finish, inner: Finish, grip: Finish, *, r: float = 0.95, h: float = 0.30, long: float = 1.25
) -> Quads:
    body = [(r * 0.80, 0.0), (r * 0.84, 0.02), (r * 0.97, h * 0.75), (r, h)]
    path = [
        (r * 0.95 + long * t, h * 0.78 + 0.20 * t - 0.05 * t * t, 0.0) for t in (i / 24 for i in range(25))
    ]
    return moved(
        chain(
            vessel(body, 0.045, finish, inner, depth=0.06),
            tube(path, lambda s: 0.055 + 0.030 * sin(pi * s), grip, flat=1.5),
        ),
        turn=-0.55,
    )


def saucepan(finish: Finish, inner: Finish, grip: Finish) -> Quads:
    body = [(0.70, 0.0), (0.75, 0.02), (0.80, 0.2), (0.82, 0.75), (0.84, 0.82)]
    path = [(0.78 + 1.0 * t, 0.66 + 0.16 * t, 0.0) for t in (i / 24 for i in range(25))]
    return moved(
        chain(
            vessel(body, 0.045, finish, inner, depth=0.06),
            tube(path, lambda s: 0.055 + 0.025 * sin(pi * s), grip, flat=1.2),
        ),
        turn=-0.55,
    )


def steamer(side: Finish, top: Finish, hoop: Finish) -> Quads:
    def tier(y: float) -> Quads:
        return chain(
            lathe([(0.98, y), (1.0, y + 0.02), (1.0, y + 0.40), (0.98, y + 0.42)], side),
            lathe([(1.015, y), (1.03, y + 0.02), (1.03, y + 0.10), (1.015, y + 0.12)], hoop),
        )

    cover = [(1.0, 0.86), (1.01, 0.88), (1.0, 1.02), (0.94, 1.07), (0.5, 1.13), (0.0, 1.15)]
    handle = [(-0.28 + 0.56 * t, 1.12 + 0.20 * sin(pi * t), 0.0) for t in (i / 20 for i in range(21))]
    return chain(tier(0.0), tier(0.43), lathe(cover, top), tube(handle, lambda s: 0.035, hoop, flat=1.8))


def flask(body: Finish, cap: Finish) -> Quads:
    shell = smooth(
        [(0.40, 0.0), (0.42, 0.02), (0.42, 0.1), (0.42, 1.45), (0.41, 1.55), (0.35, 1.66), (0.35, 1.66)]
    )
    top = [(0.35, 1.66), (0.36, 1.68), (0.36, 1.98), (0.34, 2.02), (0.0, 2.03)]
    return chain(lathe(shell, body), lathe([(0.345, 1.64), (0.345, 1.68)], cap), lathe(top, cap))


def oil_bottle(finish: Finish, spout: Finish) -> Quads:
    body = smooth(
        [
            (0.40, 0.0),
            (0.44, 0.02),
            (0.46, 0.2),
            (0.46, 0.85),
            (0.38, 1.12),
            (0.17, 1.34),
            (0.14, 1.5),
            (0.17, 1.56),
        ]
    )
    path = [(0.0 - 0.04 * t * t, 1.56 + 0.42 * t, 0.0) for t in (i / 12 for i in range(13))]
    cork = [(0.15, 1.55), (0.15, 1.66), (0.0, 1.67)]
    return chain(
        lathe(body, finish),
        lathe(cork, wood(tone("c9a06b"), tone("9c7444"))),
        tube(path, lambda s: 0.05 - 0.02 * s, spout),
    )


def mortar(finish: Finish, inner: Finish, pestle: Finish) -> Quads:
    body = [(0.52, 0.0), (0.56, 0.03), (0.52, 0.16), (0.70, 0.36), (0.80, 0.78)]
    rod = [(0.10 + 0.80 * t, 0.36 + 0.98 * t, 0.0) for t in (i / 20 for i in range(21))]
    return chain(
        vessel(body, 0.12, finish, inner, depth=0.24),
        tube(rod, lambda s: 0.15 - 0.09 * min(1.0, s * 2.2) + 0.05 * max(0.0, s - 0.85) * 4, pestle),
    )


def board(
    finish: Finish, *, long: float = 2.3, wide: float = 1.35, thick: float = 0.13, grip: bool = True
) -> Quads:
    """A board with rounded corners and, at one end, a narrow grip."""
    corner, half, deep = 0.16, long / 2, wide / 2
    outline: Points = []
    for cx, cz, start in (
        (half - corner, deep - corner, 0.0),
        (-half + corner, deep - corner, 0.5),
        (-half + corner, -deep + corner, 1.0),
        (half - corner, -deep + corner, 1.5),
    ):
        outline += [
            (cx + corner * cos((start + k / 16) * pi), cz + corner * sin((start + k / 16) * pi))
            for k in range(9)
        ]
    if grip:
        neck = [
            (half + 0.48 + 0.14 * cos(t), 0.17 * sin(t)) for t in (pi / 2 - pi * k / 12 for k in range(13))
        ]
        outline = [*outline[:0], *outline, (half, -0.17), *reversed(neck), (half, 0.17)]
    return moved(slab(outline, 0.0, thick, finish), turn=0.32)


def tray(finish: Finish) -> Quads:
    return chain(
        board(finish, long=2.4, wide=1.3, thick=0.10, grip=False),
        moved(
            slab(
                [(-1.12, -0.56), (1.12, -0.56), (1.12, 0.56), (-1.12, 0.56)],
                0.10,
                0.13,
                wood(tone("5a3a26"), tone("38231a")),
            ),
            turn=0.32,
        ),
    )


def gift_box(paper: Finish, lid: Finish, cord: Finish, *, side: float = 1.5, high: float = 0.66) -> Quads:
    """A box with a lid that stands out a little, a cord around it both ways and a bow."""
    top, out = high + 0.24, side / 2 + 0.05
    corners = [(-out, 0.03, 0.0), (-out, top + 0.02, 0.0), (out, top + 0.02, 0.0), (out, 0.03, 0.0)]
    around = [
        (x0 + (x1 - x0) * k / 24, y0 + (y1 - y0) * k / 24, 0.0)
        for (x0, y0, _z0), (x1, y1, _z1) in pairwise(corners)
        for k in range(24)
    ]
    loop = [
        (0.36 * sin(pi * t), top + 0.16 + 0.13 * sin(2 * pi * t), 0.0) for t in (k / 48 for k in range(49))
    ]

    def band() -> Quads:
        return tube(around, lambda _share: 0.03, cord)

    def bow() -> Quads:
        return tube(loop, lambda _share: 0.03, cord, flat=2.2)

    parts = chain(
        cuboid(side, side, 0.0, high, paper),
        cuboid(side + 0.07, side + 0.07, high, top, lid),
        band(),
        moved(band(), turn=pi / 2),
        moved(bow(), turn=0.75),
        moved(bow(), turn=0.75 + pi),
        lathe([(0.0, top + 0.14), (0.07, top + 0.11), (0.07, top + 0.04), (0.0, top + 0.02)][::-1], cord),
    )
    return moved(parts, turn=0.5)


def laid_table(cloth: Finish, sticks: Finish, *pieces: tuple[Quads, float, float]) -> Quads:
    """Pieces on a cloth, each with its place across and in depth, and a pair of chopsticks."""
    path = [(-0.62 + 1.24 * k / 30, 0.05, 0.0) for k in range(31)]
    pair = (
        moved(tube(path, lambda s: 0.032 - 0.014 * s, sticks, around=12), x=across, turn=pi / 2)
        for across in (0.40, 0.52)
    )
    return moved(
        chain(
            cuboid(2.9, 1.9, 0.0, 0.03, cloth, cells=90),
            *(moved(piece, x=across, y=0.03, z=deep) for piece, across, deep in pieces),
            *pair,
        ),
        turn=0.2,
    )
