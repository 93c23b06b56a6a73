"""The photographer's table: camera, one soft window, shadow and background."""

from collections.abc import Iterable
from math import cos, radians, sin, sqrt

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from shopsite.demo_company.drawing.mesh import Quad, Vector

SIZE = 800
OVER = 2  # drawn twice as large, then scaled down
DISTANCE = 7.5
LIGHT: Vector = (-0.52, 0.70, -0.49)  # from the left, above, in front
FILL: Vector = (0.80, 0.25, -0.55)


class Camera:
    """Looks down at the table from so many degrees and is moved until all is in the picture."""

    def __init__(self, shapes: list[Quad], elevation: float) -> None:
        self.up, self.level = sin(radians(elevation)), cos(radians(elevation))
        points = [self.flatten(corner) for quad in shapes[::3] for corner in quad.corners[:2]]
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        self.side = SIZE * OVER
        self.scale = min(1.56 / (max(xs) - min(xs)), 1.42 / (max(ys) - min(ys))) * self.side / 2
        self.middle = (max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2

    def flatten(self, p: Vector) -> Vector:
        """Across, upwards, depth."""
        depth = p[2] * self.level - p[1] * self.up
        near = DISTANCE / (DISTANCE + depth)
        return p[0] * near, (p[1] * self.level + p[2] * self.up) * near, depth

    def screen(self, p: Vector) -> tuple[float, float]:
        x, y, _depth = self.flatten(p)
        return (
            self.side / 2 + (x - self.middle[0]) * self.scale,
            self.side * 0.505 - (y - self.middle[1]) * self.scale,
        )


def photograph(
    quads: Iterable[Quad], *, elevation: float = 21, backdrop: tuple[int, int, int] = (243, 240, 235)
) -> Image.Image:
    """Paint the quads from back to front and put them on a table with a soft shadow."""
    shapes = list(quads)
    camera = Camera(shapes, elevation)
    painted = [
        (
            sum(camera.flatten(corner)[2] for corner in quad.corners),
            [camera.screen(corner) for corner in quad.corners],
            _shade(quad, (0.0, camera.up, -camera.level)),
        )
        for quad in shapes
    ]
    painted.sort(key=lambda item: -item[0])
    picture = _with_shadow(_backdrop(camera.side, backdrop), shapes, camera)
    draw = ImageDraw.Draw(picture)
    for _depth, points, colour in painted:
        draw.polygon(points, fill=colour, outline=colour)
    return picture.resize((SIZE, SIZE), Image.Resampling.LANCZOS)


def _shade(quad: Quad, view: Vector) -> tuple[int, int, int]:
    n = quad.normal
    facing = _dot(n, view)
    if facing < 0:  # seen from behind: thin walls have no other side of their own
        n, facing = (-n[0], -n[1], -n[2]), -facing
    lit = max(0.0, (_dot(n, LIGHT) + 0.28) / 1.28)
    fill = max(0.0, _dot(n, FILL))
    sky = 0.5 + 0.5 * n[1]
    light = (0.30 + 0.16 * sky + 0.62 * lit + 0.10 * fill) * quad.open_sky
    r = (2 * facing * n[0] - view[0], 2 * facing * n[1] - view[1], 2 * facing * n[2] - view[2])
    fresnel = 0.04 + 0.5 * (1 - min(1.0, facing)) ** 4
    glow = (_window(r) + fresnel * 0.75 * (0.4 + 0.6 * max(0.0, r[1]))) * quad.gloss * quad.open_sky
    warm = (1.015, 1.0, 0.975)
    channels = []
    for k in range(3):
        value = quad.colour[k] * light * warm[k] + glow * 0.72
        channels.append(int(255 * min(1.0, max(0.0, value)) ** (1 / 1.06)))
    return channels[0], channels[1], channels[2]


def _window(r: Vector) -> float:
    """The reflection of a tall soft window to the left and a faint strip to the right."""
    if r[2] > 0.35:
        return 0.0
    across = r[0] / sqrt(r[0] ** 2 + r[2] ** 2 + 1e-9)
    main = _soft(across, -0.74, 0.15, 0.10) * _soft(r[1], 0.34, 0.34, 0.16)
    strip = _soft(across, 0.86, 0.035, 0.05) * _soft(r[1], 0.25, 0.38, 0.2)
    return 0.85 * main + 0.28 * strip


def _soft(value: float, centre: float, half: float, blur: float) -> float:
    x = (half + blur - abs(value - centre)) / (2 * blur)
    x = min(1.0, max(0.0, x))
    return x * x * (3 - 2 * x)


def _dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _backdrop(side: int, colour: tuple[int, int, int]) -> Image.Image:
    """A paper roll: bright behind, a little darker towards the viewer and the corners."""
    fall = Image.radial_gradient("L").resize((side, side), Image.Resampling.BICUBIC)
    down = Image.linear_gradient("L").resize((side, side), Image.Resampling.BICUBIC)
    dark = tuple(int(c * 0.86) for c in colour)
    light = tuple(min(255, int(c * 1.03)) for c in colour)
    ground = Image.composite(
        Image.new("RGB", (side, side), dark), Image.new("RGB", (side, side), light), fall
    )
    return Image.composite(
        Image.new("RGB", (side, side), tuple(int(c * 0.93) for c in colour)),
        ground,
        down.point(lambda v: v * 0.55),
    )


def _with_shadow(picture: Image.Image, shapes: list[Quad], camera: Camera) -> Image.Image:
    """Everything casts a soft shadow away from the window, and a dark seam where it stands."""
    long, seam = Image.new("L", picture.size, 0), Image.new("L", picture.size, 0)
    cast, contact = ImageDraw.Draw(long), ImageDraw.Draw(seam)
    for quad in shapes:
        cast.polygon([camera.screen(_fallen(p)) for p in quad.corners], fill=150, outline=150)
        if max(p[1] for p in quad.corners) < 0.12:
            flat = [camera.screen((p[0], 0.0, p[2])) for p in quad.corners]
            contact.polygon(flat, fill=255, outline=255)

    def soft(mask: Image.Image, blur: float, strength: float) -> Image.Image:
        blurred = mask.filter(ImageFilter.GaussianBlur(camera.scale * blur))
        return blurred.point(lambda v: v * strength)

    mask = ImageChops.lighter(soft(seam, 0.05, 0.40), soft(seam, 0.014, 0.55))
    mask = ImageChops.lighter(soft(long, 0.075, 0.62), mask)
    return Image.composite(Image.new("RGB", picture.size, (58, 50, 46)), picture, mask)


def _fallen(p: Vector) -> Vector:
    """Where the shadow of a point lies."""
    reach = 0.62 * p[1] / LIGHT[1]
    return p[0] - LIGHT[0] * reach, 0.0, p[2] - LIGHT[2] * reach
