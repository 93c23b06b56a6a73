"""Which form and glaze each product of the catalogue has. The codes are those of `catalogue.py`."""

from collections.abc import Callable

from shopsite.demo_company.drawing import shapes as s
from shopsite.demo_company.drawing.glazes import (
    CLAY,
    WHITE,
    bamboo,
    banded,
    glaze,
    metal,
    petals,
    strokes,
    tone,
    wood,
)

CELADON = glaze(tone("a9c3ae"), pool=tone("86ab97"), rim=tone("c9c4a4"), foot=tone("7b5640"), gloss=0.85)
CELADON_IN = glaze(tone("b4ccb8"), pool=tone("8fb5a2"), gloss=0.85)
IVORY = glaze(tone("ece4d2"), rim=tone("cbb48c"), foot=CLAY, speck=0.02, gloss=0.55)
IVORY_IN = glaze(tone("efe8d8"), gloss=0.6)
SNOW = glaze(WHITE, foot=tone("cdbfa9"), gloss=0.95)
TENMOKU = glaze(tone("2c211c"), pool=tone("1a1412"), rim=tone("8a4f25"), foot=tone("6b4a35"), gloss=1.0)
SKY = glaze(tone("9fc1d3"), pool=tone("6c9cb9"), rim=tone("dce3dd"), foot=CLAY, gloss=0.85)
SKY_IN = glaze(tone("b2cfdc"), pool=tone("7aa8c2"), gloss=0.85)
INK = glaze(tone("2f4a63"), pool=tone("1c2f45"), rim=tone("8d7356"), foot=CLAY, gloss=0.85)
INK_IN = glaze(tone("466382"), pool=tone("22384f"), gloss=0.85)
RUST = glaze(tone("a8552f"), pool=tone("74331c"), rim=tone("3b2a22"), foot=CLAY, gloss=0.6)
SAND = glaze(tone("d8c6a8"), foot=CLAY, speck=0.05, gloss=0.35)
SAND_IN = glaze(tone("e5d8c0"), speck=0.02, gloss=0.5)
OLIVE = glaze(tone("7d8456"), pool=tone("565d39"), rim=tone("a08a58"), foot=CLAY, gloss=0.6)
ROSE = glaze(tone("dcaea4"), pool=tone("c68d86"), rim=tone("efd9cc"), foot=CLAY, gloss=0.75)
OX = glaze(tone("8e1f1c"), pool=tone("5c1213"), rim=tone("e2cdb8"), foot=tone("d9cdbb"), gloss=1.0)
BLACK = glaze(tone("2b2a2a"), gloss=0.28)
HALF = glaze(tone("e9e1d0"), dip=0.36, gloss=0.6, rim=tone("c7ad83"))
HALF_SKY = glaze(tone("8fb4c4"), dip=0.30, gloss=0.75, rim=tone("dfe5de"))
HALF_OLIVE = glaze(tone("77805a"), dip=0.34, gloss=0.6)
ZISHA = glaze(tone("7a4433"), gloss=0.16)
ZISHA_DARK = glaze(tone("4e342c"), gloss=0.18)
COBALT = tone("2a4a8c")
BLUE_LOTUS = banded(petals(SNOW, COBALT, count=14), COBALT, [(0.70, 0.022), (0.76, 0.010), (0.95, 0.02)])
BLUE_LINE = banded(SNOW, COBALT, [(0.88, 0.02), (0.93, 0.05)])
BLUE_FACE = banded(SNOW, COBALT, [(0.06, 0.045), (0.11, 0.014), (0.38, 0.02)])
STROKES = strokes(IVORY, tone("4a5b6c"))
STEEL = metal(tone("c3c6c8"))
IRON = metal(tone("3a3a3c"), gloss=0.35)
BRASS = metal(tone("c29a56"), gloss=0.9)
OAK = wood(tone("d3ab78"), tone("a87a48"))
WALNUT = wood(tone("86603f"), tone("55371f"))
STRAW, STRAW_DARK = bamboo(tone("d9bf8a"), tone("a98a55")), bamboo(tone("caa86d"), tone("8f6f40"))
CREAM = glaze(tone("efe3cb"), gloss=0.9)
ENAMEL_RED = glaze(tone("a83226"), pool=tone("82221b"), gloss=0.95)
ENAMEL_SEA = glaze(tone("4f7f86"), pool=tone("35616a"), gloss=0.95)
POWDER = glaze(tone("5b6f63"), gloss=0.22)

KRAFT = glaze(tone("ad8252"), gloss=0.06)
KRAFT_LIGHT = glaze(tone("c99e6c"), gloss=0.06)
CORD = glaze(tone("a8342b"), gloss=0.1)
LINEN = glaze(tone("c9c3b2"), gloss=0.03)

PICTURES: dict[str, Callable[[], s.Quads]] = {
    # tea
    "QY-TP01": lambda: s.pot(CELADON, CELADON),
    "QY-TP02": lambda: s.pot(ZISHA, ZISHA, r=0.86, h=0.82),
    "QY-TP03": lambda: s.pot(IVORY, BRASS, side_handle=False, h=0.9),
    "QY-GW01": lambda: s.gaiwan(BLUE_LOTUS, SNOW),
    "QY-TC01": lambda: s.cup(TENMOKU, TENMOKU, r=0.75, h=0.62, flare=0.06),
    "QY-TC02": lambda: s.cup(CELADON, CELADON_IN, r=0.62, h=0.66),
    "QY-TJ01": lambda: s.jar(INK, OAK, h=1.05),
    "QY-TT01": lambda: s.tray(WALNUT),
    # table
    "SS-RB01": lambda: s.bowl(SAND, SAND_IN, r=0.82, h=0.72),
    "SS-RB02": lambda: s.bowl(BLUE_LINE, SNOW, r=0.84, h=0.70),
    "SS-NB01": lambda: s.bowl(INK, INK_IN, r=1.12, h=0.74),
    "SS-SB01": lambda: s.bowl(OLIVE, SAND_IN, r=1.0, h=0.5),
    "SS-DP01": lambda: s.plate(SKY, SKY_IN),
    "SS-DP02": lambda: s.plate(SNOW, BLUE_FACE),
    "SS-DP03": lambda: s.plate(SAND, SAND_IN, h=0.16, well=0.84),
    "SS-PL01": lambda: s.plate(ROSE, ROSE, r=1.2, h=0.26, well=0.5, flutes=(28, 0.05)),
    # cups
    "MC-MG01": lambda: s.mug(HALF, IVORY_IN),
    "MC-MG02": lambda: s.mug(INK, INK_IN, r=0.6, h=1.2),
    "MC-MG03": lambda: s.mug(ROSE, IVORY_IN, r=0.64, h=1.02, belly=0.10),
    "MC-MG04": lambda: s.mug(HALF_OLIVE, SAND_IN, r=0.58, h=1.36),
    "MC-TB01": lambda: s.tumbler(STROKES, IVORY_IN),
    "MC-ES01": lambda: s.mug(OX, SNOW, r=0.58, h=0.78),
    "MC-TF01": lambda: s.flask(POWDER, BLACK),
    "MC-TF02": lambda: s.flask(STEEL, OAK),
    # vases
    "HY-VP01": lambda: s.vase(s.PLUM, OX, SNOW),
    "HY-VG01": lambda: s.vase(s.GOURD, CELADON, CELADON_IN, wall=0.04),
    "HY-VM01": lambda: s.vase(s.MOON, SNOW, SNOW),
    "HY-VT01": lambda: s.vase(s.TRUMPET, HALF_SKY, SKY_IN, flutes=(18, 0.05)),
    "HY-VB01": lambda: s.vase(s.BOTTLE, TENMOKU, TENMOKU, wall=0.04),
    "HY-VB02": lambda: s.vase(s.BOTTLE, BLUE_LOTUS, SNOW, wall=0.04),
    "HY-PT01": lambda: s.vase(s.PLANTER, RUST, RUST, wall=0.07, flutes=(32, 0.04)),
    # cookware
    "ZH-CS01": lambda: s.casserole(BLACK, BLACK),
    "ZH-CS02": lambda: s.casserole(HALF, IVORY, h=0.9, rise=0.26),
    "ZH-CI01": lambda: s.casserole(ENAMEL_RED, ENAMEL_RED, h=0.66, rise=0.22),
    "ZH-CI02": lambda: s.casserole(ENAMEL_SEA, ENAMEL_SEA, h=0.85, rise=0.22),
    "ZH-SK01": lambda: s.pan(IRON, IRON, IRON),
    "ZH-SP01": lambda: s.saucepan(CREAM, SNOW, OAK),
    "ZH-ST01": lambda: s.steamer(STRAW, STRAW_DARK, wood(tone("c69d5e"), tone("8a6636"))),
    # storage and tools
    "CF-JR01": lambda: s.jar(SNOW, OAK, h=1.3),
    "CF-JR02": lambda: s.jar(HALF_SKY, SKY, h=0.95, r=0.66),
    "CF-SJ01": lambda: s.jar(RUST, RUST, r=0.66, h=0.72, rise=0.2),
    "CF-OB01": lambda: s.oil_bottle(OLIVE, STEEL),
    "CF-MT01": lambda: s.mortar(SAND, glaze(tone("e0d3bb"), gloss=0.1), OAK),
    "CF-UC01": lambda: s.tumbler(
        banded(IVORY, tone("5b4a3a"), [(0.2, 0.015), (0.24, 0.008)]), IVORY_IN, r=0.6, h=1.3, foot=0.98
    ),
    "CF-CB01": lambda: s.board(OAK),
    "CF-CB02": lambda: s.board(WALNUT, long=2.0, wide=1.5),
    "CF-BD01": lambda: s.jar(SKY, SKY, r=0.9, h=0.5, rise=0.26),
    # services
    "SV-WRAP": lambda: s.gift_box(KRAFT, KRAFT_LIGHT, CORD),
    "SV-SETUP": lambda: s.laid_table(
        LINEN,
        WALNUT,
        (s.plate(SNOW, BLUE_FACE, r=0.80, h=0.15), -0.52, 0.0),
        (s.bowl(INK, INK_IN, r=0.40, h=0.34), 0.98, -0.38),
        (s.cup(CELADON, CELADON_IN, r=0.27, h=0.30), 0.98, 0.48),
    ),
}

# Flat things are seen from higher up.
ELEVATION = {
    **dict.fromkeys(["SS-DP01", "SS-DP02", "SS-DP03", "SS-PL01"], 46),
    **dict.fromkeys(["CF-CB01", "CF-CB02", "QY-TT01"], 44),
    "SV-WRAP": 28,
    "SV-SETUP": 44,
    **dict.fromkeys(["ZH-SK01", "ZH-SP01", "SS-SB01", "SS-NB01", "CF-MT01"], 30),
}
