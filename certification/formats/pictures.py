"""Pictures that the office hands in for a template: read by their content, and drawn anew so that only pixels remain."""

import io

from PIL import Image, UnidentifiedImageError

MOST_BYTES = 2 * 1024 * 1024
MOST_PIXELS = 16_000_000  # decoded: what a camera makes; a picture that unfolds to more is a trap
# What ends a file of each format. Asked for by us, because the library that draws PDFs makes Pillow forgive its absence.
_ENDS = {"PNG": b"IEND", "JPEG": b"\xff\xd9"}
_WIDE, _HIGH = 900, 600  # kept: 300 dots an inch in the largest place on the page


class NotAPicture(ValueError):
    """It is none that a template can carry; ``code`` says why: size, kind, pixels or broken."""

    def __init__(self, code: str):
        self.code = code
        super().__init__(f"Not a picture for a template: {code}.")


def redrawn(content: bytes) -> bytes:
    """``content`` (PNG or JPEG) as a small PNG on white, without anything else that the file carried.

    The same bytes give the same bytes. Raises NotAPicture.
    """
    if len(content) > MOST_BYTES:
        raise NotAPicture("size")
    try:
        with Image.open(io.BytesIO(content), formats=list(_ENDS)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise NotAPicture("pixels")
            if _ENDS[str(picture.format)] not in content[-1024:]:
                raise NotAPicture("broken")
            picture.load()
            drawn = _on_white(picture)
    except (UnidentifiedImageError, Image.DecompressionBombError):
        raise NotAPicture("kind") from None
    except (OSError, SyntaxError, ValueError) as error:
        if isinstance(error, NotAPicture):
            raise
        raise NotAPicture("broken") from None
    drawn.thumbnail((_WIDE, _HIGH), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    drawn.save(written, "PNG", optimize=True)
    return written.getvalue()


def _on_white(picture: Image.Image) -> Image.Image:
    """Without transparency, which an archive would have to blend: paper is white."""
    clear = picture.convert("RGBA")
    ground = Image.new("RGBA", clear.size, "white")
    ground.alpha_composite(clear)
    return ground.convert("RGB")
