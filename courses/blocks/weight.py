"""How many bytes the pictures of a lesson are: a reader on a slow or paid connection is told before they load."""

# The widths that templates/blocks/image.html offers, and the one counted: what a phone or a column of text takes.
WIDTHS = (400, 800, 1200)
COUNTED = "width-800|format-webp|webpquality-75"


def weight_of(body) -> int:
    """Bytes of the pictures that load with the text of ``body``. Videos and documents load only on request."""
    return sum(child.value["image"].get_rendition(COUNTED).file.size for child in body if child.block_type == "image")
