"""Surfaces as small quads. A surface point carries its place, its outward normal and what colours it."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import cos, hypot, pi, sin

Vector = tuple[float, float, float]
Colour = tuple[float, float, float]
# (height 0..1 along the profile, angle, height above the table) -> colour, gloss
Finish = Callable[[float, float, float], tuple[Colour, float]]


@dataclass(frozen=True, slots=True)
class Quad:
    corners: tuple[Vector, Vector, Vector, Vector]
    normal: Vector
    colour: Colour
    gloss: float
    open_sky: float  # 1 on the outside, less inside a vessel


def smooth(points: Sequence[tuple[float, float]], steps: int = 30) -> list[tuple[float, float]]:
    """A Catmull-Rom curve through the points; a point given twice is a corner."""
    found: list[tuple[float, float]] = []
    for i in range(len(points) - 1):
        a, b = points[i], points[i + 1]
        if a == b:
            continue
        before = points[i - 1] if i and points[i - 1] != a else a
        after = points[i + 2] if i + 2 < len(points) and points[i + 2] != b else b
        for step in range(steps):
            t = step / steps
            found.append(tuple(_catmull(before[k], a[k], b[k], after[k], t) for k in (0, 1)))  # type: ignore[arg-type]
    return [*found, points[-1]]


def _catmull(p: float, a: float, b: float, q: float, t: float) -> float:
    return 0.5 * (2 * a + (b - p) * t + (2 * p - 5 * a + 4 * b - q) * t * t + (3 * a - p - 3 * b + q) * t**3)


def lathe(
    profile: Sequence[tuple[float, float]],
    finish: Finish,
    *,
    inside_from: int | None = None,
    around: int = 168,
    flutes: tuple[int, float] = (0, 0.0),
) -> Iterator[Quad]:
    """Turn (radius, height) points around the upright axis.

    From `inside_from` on the profile runs down inside the vessel, where less light comes.
    `flutes` are a number of ribs and their depth as a share of the radius.
    """
    top = max(y for _r, y in profile)
    low = min(y for _r, y in profile)
    lengths = [0.0]
    for (r0, y0), (r1, y1) in itertools.pairwise(profile):
        lengths.append(lengths[-1] + hypot(r1 - r0, y1 - y0))
    count, depth = flutes

    def rib(angle: float) -> float:
        return 1 - depth * (0.5 - 0.5 * cos(count * angle)) if count else 1.0

    for i, ((r0, y0), (r1, y1)) in enumerate(itertools.pairwise(profile)):
        dr, dy = r1 - r0, y1 - y0
        size = hypot(dr, dy)
        if size < 1e-9:
            continue
        inside = inside_from is not None and i >= inside_from
        n_r, n_y = dy / size, -dr / size
        along = (y0 + y1) / 2
        share = (along - low) / max(top - low, 1e-9)
        sky = 0.30 + 0.70 * max(0.0, share) ** 1.3 if inside else 1.0
        for j in range(around):
            a, b = 2 * pi * j / around, 2 * pi * (j + 1) / around
            mid = (a + b) / 2
            ra, rb = rib(a), rib(b)
            tilt = -depth * count * 0.5 * sin(count * mid) if count else 0.0
            normal = (n_r * (cos(mid) - tilt * -sin(mid)), n_y, n_r * (sin(mid) - tilt * cos(mid)))
            colour, gloss = finish(lengths[i] / lengths[-1] if inside else share, mid, along)
            yield Quad(
                (
                    (r0 * ra * cos(a), y0, r0 * ra * sin(a)),
                    (r0 * rb * cos(b), y0, r0 * rb * sin(b)),
                    (r1 * rb * cos(b), y1, r1 * rb * sin(b)),
                    (r1 * ra * cos(a), y1, r1 * ra * sin(a)),
                ),
                _unit(normal),
                colour,
                gloss,
                sky,
            )


def tube(
    path: Sequence[Vector],
    radius: Callable[[float], float],
    finish: Finish,
    *,
    flat: float = 1.0,
    around: int = 30,
) -> Iterator[Quad]:
    """A tube along a path that lies in the plane z = 0; `flat` squeezes it across."""
    rings, normals = [], []
    for i, point in enumerate(path):
        before, after = path[max(i - 1, 0)], path[min(i + 1, len(path) - 1)]
        dx, dy = after[0] - before[0], after[1] - before[1]
        size = hypot(dx, dy) or 1.0
        side = (-dy / size, dx / size)
        r = radius(i / (len(path) - 1))
        ring, outward = [], []
        for j in range(around):
            angle = 2 * pi * j / around
            u, w = cos(angle) * r, sin(angle) * r * flat
            ring.append((point[0] + side[0] * u, point[1] + side[1] * u, point[2] + w))
            outward.append(_unit((side[0] * cos(angle), side[1] * cos(angle), sin(angle) / max(flat, 0.05))))
        rings.append(ring)
        normals.append(outward)
    for i in range(len(rings) - 1):
        for j in range(around):
            k = (j + 1) % around
            colour, gloss = finish(0.6, 2 * pi * j / around, rings[i][j][1])  # no foot, no rim
            yield Quad(
                (rings[i][j], rings[i][k], rings[i + 1][k], rings[i + 1][j]),
                normals[i][j],
                colour,
                gloss,
                0.95,
            )


def slab(
    outline: Sequence[tuple[float, float]], low: float, high: float, finish: Finish, *, cells: int = 130
) -> Iterator[Quad]:
    """A board lying flat: an outline of (x, z) points with a rounded edge, drawn as strips along x."""
    edge = (high - low) * 0.35
    xs = [x for x, _z in outline]
    left, right = min(xs), max(xs)
    for i in range(cells):
        a, b = left + (right - left) * i / cells, left + (right - left) * (i + 1) / cells
        near = sorted(_crossings(outline, a + (b - a) * 0.02))
        far = sorted(_crossings(outline, b - (b - a) * 0.02))
        if len(near) != len(far):  # where the grip begins
            near = far = sorted(_crossings(outline, (a + b) / 2))
        for k in range(0, len(near), 2):
            strips = max(2, int((far[k + 1] - far[k]) / (right - left) * cells))
            for j in range(strips):
                ends = [
                    low_z + (high_z - low_z) * share / strips
                    for low_z, high_z in (near[k : k + 2], far[k : k + 2])
                    for share in (j, j + 1)
                ]
                colour, gloss = finish(i / cells, (ends[0] + ends[1]) / 2, high)
                corners = ((a, high, ends[0]), (b, high, ends[2]), (b, high, ends[3]), (a, high, ends[1]))
                yield Quad(corners, (0, 1, 0), colour, gloss, 1)
    for (x0, z0), (x1, z1) in zip(outline, [*outline[1:], outline[0]], strict=True):
        size = hypot(x1 - x0, z1 - z0) or 1.0
        n = ((z1 - z0) / size, -(x1 - x0) / size)
        if n[1] > 0.3:  # the far side is hidden by the board itself
            continue
        for y0, y1, up in ((low, high - edge, 0.0), (high - edge, high, 0.7)):
            colour, gloss = finish(0.5, z0, y0)
            darker = (colour[0] * 0.86, colour[1] * 0.86, colour[2] * 0.86)
            yield Quad(
                ((x0, y0, z0), (x1, y0, z1), (x1, y1, z1), (x0, y1, z0)),
                _unit((n[0], up, n[1])),
                darker,
                gloss,
                0.9,
            )


def cuboid(
    width: float, depth: float, low: float, high: float, finish: Finish, *, cells: int = 48
) -> Iterator[Quad]:
    """A box with sharp edges, its faces cut small: what lies on them is then drawn in the right order."""
    x, z = width / 2, depth / 2
    faces = (
        ((-x, high, -z), (2 * x, 0, 0), (0, 0, 2 * z), (0, 1, 0)),
        ((-x, low, -z), (2 * x, 0, 0), (0, high - low, 0), (0, 0, -1)),
        ((-x, low, z), (2 * x, 0, 0), (0, high - low, 0), (0, 0, 1)),
        ((-x, low, -z), (0, 0, 2 * z), (0, high - low, 0), (-1, 0, 0)),
        ((x, low, -z), (0, 0, 2 * z), (0, high - low, 0), (1, 0, 0)),
    )
    for start, along, up, normal in faces:

        def place(i: int, j: int, start=start, along=along, up=up) -> Vector:  # type: ignore[no-untyped-def]
            return tuple(s + (a * i + u * j) / cells for s, a, u in zip(start, along, up, strict=True))  # type: ignore[return-value]

        for i, j in itertools.product(range(cells), repeat=2):
            colour, gloss = finish(0.5, place(i, j)[2], place(i, j)[1])
            corners = (place(i, j), place(i + 1, j), place(i + 1, j + 1), place(i, j + 1))
            yield Quad(corners, normal, colour, gloss, 0.95)


def moved(
    quads: Iterator[Quad], x: float = 0.0, y: float = 0.0, z: float = 0.0, turn: float = 0.0
) -> Iterator[Quad]:
    """The same surface elsewhere, turned about the upright axis first."""
    c, s = cos(turn), sin(turn)
    for quad in quads:
        corners = tuple((p[0] * c - p[2] * s + x, p[1] + y, p[0] * s + p[2] * c + z) for p in quad.corners)
        n = quad.normal
        yield Quad(
            corners,  # type: ignore[arg-type]
            (n[0] * c - n[2] * s, n[1], n[0] * s + n[2] * c),
            quad.colour,
            quad.gloss,
            quad.open_sky,
        )


def _crossings(outline: Sequence[tuple[float, float]], x: float) -> Iterator[float]:
    for (x0, z0), (x1, z1) in zip(outline, [*outline[1:], outline[0]], strict=True):
        if (x0 <= x < x1) or (x1 <= x < x0):
            yield z0 + (z1 - z0) * (x - x0) / (x1 - x0)


def _unit(v: Vector) -> Vector:
    size = (v[0] ** 2 + v[1] ** 2 + v[2] ** 2) ** 0.5 or 1.0
    return v[0] / size, v[1] / size, v[2] / size
