import io
import sys
from pathlib import Path

from shopsite.demo_company.drawing.products import ELEVATION, PICTURES
from shopsite.demo_company.drawing.scene import photograph

FOLDER = Path(__file__).resolve().parents[1] / "pictures"
QUALITY = 82


def main(codes: list[str]) -> None:
    for code in codes or PICTURES:
        picture = photograph(PICTURES[code](), elevation=ELEVATION.get(code, 21))
        out = io.BytesIO()
        picture.save(out, format="WEBP", quality=QUALITY, method=6)
        (FOLDER / f"{code}.webp").write_bytes(out.getvalue())
        print(code, len(out.getvalue()), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
