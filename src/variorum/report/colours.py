"""The colours of labels, each as near to the corpus's own as can be read on a light and on a dark page."""

import re
from collections.abc import Iterator
from colorsys import hls_to_rgb, rgb_to_hls

from variorum.schema.foreign import plain_name
from variorum.schema.labels import Labels

Rgb = tuple[float, float, float]

LIGHT, DARK = "#f3f1ec", "#22262d"
"""The least contrasting surfaces of the page that labels stand on; explorer.css has the same."""
READABLE = 4.5
"""The contrast that small text needs (WCAG 2.2, 1.4.3, level AA)."""
_SLACK = 0.1  # of contrast, for the rounding to eight bits
_LINEAR = 0.04045  # below this, an sRGB component is linear
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""For labels without a colour of their own: told apart in all common kinds of colour blindness (Okabe & Ito 2008)."""
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


def variables(labels: Labels) -> dict[str, str]:
    """The colour of each label, as CSS, by the name of its variable: `--inventory-number`."""
    return {name: f"light-dark({readable(own, LIGHT)}, {readable(own, DARK)})" for name, own in _colours(labels)}


def _colours(labels: Labels) -> Iterator[tuple[str, str]]:
    for inventory, own in labels.items():
        for number, label in enumerate(own.labels):
            colour = label.colour if _HEX.fullmatch(label.colour) else PALETTE[number % len(PALETTE)]
            yield f"--{plain_name(inventory)}-{number}", colour


def readable(colour: str, surface: str) -> str:
    """The colour, made darker or lighter until it can be read on a surface; hue and saturation stay. Both as `#rrggbb`."""
    hue, lightness, saturation = rgb_to_hls(*_rgb(colour))
    limit = 0.0 if luminance(surface) > luminance("#767676") else 1.0
    near, far = 0.0, 1.0  # how far towards black or white
    if contrast(colour, surface) >= READABLE + _SLACK:
        return colour.lower()
    for _ in range(10):
        middle = (near + far) / 2
        tried = _hex(hls_to_rgb(hue, lightness + (limit - lightness) * middle, saturation))
        near, far = (near, middle) if contrast(tried, surface) >= READABLE + _SLACK else (middle, far)
    return _hex(hls_to_rgb(hue, lightness + (limit - lightness) * far, saturation))


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance of an sRGB colour, 0 to 1 (WCAG 2.2, "relative luminance")."""
    red, green, blue = (each / 12.92 if each <= _LINEAR else ((each + 0.055) / 1.055) ** 2.4 for each in _rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _rgb(colour: str) -> Rgb:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _hex(colour: Rgb) -> str:
    return "#" + "".join(f"{round(each * 255):02x}" for each in colour)
