"""Open an image from the bytes of its file, under a limit of pixels of our own."""

import io
import warnings

from PIL import Image

# Pillow's limit is a constant of the process, and warns before it refuses; ours is a setting of the data set.
Image.MAX_IMAGE_PIXELS = None


class TooLargeError(Exception):
    """The header of an image claims more pixels than are allowed; none was decoded."""


def rgb(data: bytes, max_pixels: int | None = None) -> Image.Image:
    """The image, decoded whole, as RGB. **Raises:** `TooLargeError`; whatever Pillow does for data that is no image."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of metadata that is odd
        with Image.open(io.BytesIO(data)) as image:
            if max_pixels and image.width * image.height > max_pixels:
                raise TooLargeError
            return image.convert("RGB")
