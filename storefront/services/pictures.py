"""Pictures of products: what was uploaded is decoded, capped and drawn anew (F80)."""

import hashlib
import io
from typing import Final

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from core.errors import InvalidInput
from storefront.catalogue.models import Product, ProductImage
from storefront.services.kept_pages import forget_pages

WIDTHS: Final = (400, 800, 1200)
FOLDER: Final = "products"
MOST_PIXELS: Final = 40_000_000
MOST_BYTES: Final = 15 * 1024 * 1024
_ACCEPTED: Final = ("JPEG", "PNG", "WEBP")
_ENCODERS: Final = {
    "avif": {"format": "AVIF", "quality": 60, "speed": 8},
    "webp": {"format": "WEBP", "quality": 78, "method": 4},
    "jpg": {"format": "JPEG", "quality": 80, "optimize": True, "progressive": True},
}


def add_picture(*, product: Product, data: bytes, caption: str = "") -> ProductImage:
    """Store a picture of a product in three widths as AVIF, WebP and JPEG; the first is its main one.

    Only pixels survive: metadata, animation and whatever hides in the file are dropped. Raises
    InvalidInput for a file that is no JPEG, PNG or WebP, or is too large.
    """
    picture = _decode(data)
    stem = hashlib.sha256(picture.tobytes() + repr(picture.size).encode()).hexdigest()[:24]
    _store_renditions(picture, stem)
    width, height = picture.size
    with transaction.atomic():
        forget_pages()
        order = ProductImage.objects.filter(product=product).count()
        image = ProductImage.objects.create(
            product=product,
            original=f"{FOLDER}/{stem}-{WIDTHS[-1]}.jpg",
            caption=caption[:200],
            display_order=order,
            stem=stem,
            width=width,
            height=height,
        )
        if order == 0:
            Product.objects.filter(pk=product.pk).update(
                picture=stem, picture_width=width, picture_height=height
            )
            product.picture, product.picture_width, product.picture_height = stem, width, height
    return image


def _decode(data: bytes) -> Image.Image:
    if len(data) > MOST_BYTES:
        raise InvalidInput(_("This picture file is too large. Use one of at most 15 MB."))
    try:
        picture = Image.open(io.BytesIO(data), formats=_ACCEPTED)
        if picture.width * picture.height > MOST_PIXELS:
            raise InvalidInput(_("This picture has too many pixels. Scale it down to 40 megapixels or less."))
        picture = ImageOps.exif_transpose(picture)
        picture = picture.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InvalidInput(_("This is not a picture that can be read. Use JPEG, PNG or WebP.")) from error
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    ground.thumbnail((WIDTHS[-1], WIDTHS[-1] * 2), Image.Resampling.LANCZOS)
    return ground


def _store_renditions(picture: Image.Image, stem: str) -> None:
    for width in WIDTHS:
        small = picture.copy()
        small.thumbnail((width, width * 2), Image.Resampling.LANCZOS)
        for ending, options in _ENCODERS.items():
            name = f"{FOLDER}/{stem}-{width}.{ending}"
            if default_storage.exists(name):
                continue
            out = io.BytesIO()
            small.save(out, **options)  # type: ignore[arg-type]
            default_storage.save(name, ContentFile(out.getvalue()))
