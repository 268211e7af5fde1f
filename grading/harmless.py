"""Markdown of a student's, such that nothing in it runs, loads or leads astray whoever opens it in a browser.

Formgrader shows it inside the Jupyter server of whoever marks it, with that person's rights, and does not clean it. A
link is enough there: `javascript:` runs, and formgrader reads a configuration from the folder that an address names.
"""

import re
from html.parser import HTMLParser
from urllib.parse import unquote

from nbconvert.filters.markdown_mistune import markdown2html_mistune

MAX_MARKDOWN = 20_000  # characters of one cell that are rendered
ABROAD = re.compile(r"https?://[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}(:\d+)?([/?#][!-~]*)?", re.IGNORECASE)
PICTURE = re.compile(r"data:image/(png|jpeg|gif);base64,[a-z0-9+/=\s]*", re.IGNORECASE)


def harmless(text: str) -> str:
    """The text without HTML; all as it was typed when it cannot be rendered, would take long, or has links that do not
    lead to a public site or a part of the page.

    One page that cannot be written would otherwise stop the feedback of the whole class.
    """
    text = re.sub(r"<(?=[a-zA-Z/!?])", "&lt;", text)
    try:
        if len(text) <= MAX_MARKDOWN and not _Astray.found_in(markdown2html_mistune(text)):
            return text
    except Exception:  # an attachment that is not there, quotes nested without end
        pass
    return "\n".join(f"    {line}" for line in text.splitlines())


class _Astray(HTMLParser):
    """Addresses in rendered markdown that are not plainly harmless."""

    @classmethod
    def found_in(cls, page: str) -> list[str]:
        reader = cls(convert_charrefs=True)
        reader.found = []
        reader.feed(page)
        reader.close()
        return reader.found

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name in ("href", "src") and not self._is_sound(tag, value or ""):
                self.found.append(value)

    @staticmethod
    def _is_sound(tag: str, address: str) -> bool:
        if tag == "img":
            return bool(PICTURE.fullmatch(address))
        abroad = ABROAD.fullmatch(address) and "formgrader" not in unquote(address).lower()
        return bool(abroad) or address.startswith(("#", "mailto:"))
