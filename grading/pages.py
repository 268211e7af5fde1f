"""What our HTML pages have in common: text stays text, and by the page's own policy a browser runs and loads nothing
but what stands in it."""

import base64
import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "templates"


def environment(**filters) -> Environment:
    """Jinja2 on our templates: it escapes everything, and a name that is not there is an error."""
    made = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
                       trim_blocks=True, lstrip_blocks=True)
    made.filters |= filters
    return made


def inline(name: str) -> tuple[Markup, str]:
    """A style sheet or script that stands in the page, and its source expression for the page's policy."""
    text = (TEMPLATES / name).read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Markup(text), f"'sha256-{digest}'"
