"""Students' markdown in other people's browsers: what is shown as it was typed, and what is let alone.

    pytest tests/grading/test_harmless.py
"""

import pytest
from nbconvert.filters.markdown_mistune import markdown2html_mistune

from grading.harmless import MAX_MARKDOWN, harmless


@pytest.mark.parametrize("text", [
    "**Because** two halves are one: $\\frac{1}{2}$.", "`x[0](y)`, 3 < 4 and a <b",
    "a table\n\n| a | b |\n|--|--|\n| 1 | 2 |", "[paper](https://arxiv.org/abs/1412.6980?x=1#a), https://example.org",
    "[up](#heading) [me](mailto:ada@uni.example)", "![dot](data:image/png;base64,iVBORw0KGgo=)",
])  # fmt: skip
def test_an_answer_as_people_write_it_stays_as_it_is(text):
    assert harmless(text).replace("&lt;", "<") == text


@pytest.mark.parametrize("text", [
    "[x](javascript:alert(1))", "[x]( JaVaScript:alert(1))", "[x](java&#115;cript:alert(1))", "[x](java%73cript:1)",
    "[x][y]\n\n[y]: javascript:alert(1)", "![x](javascript:alert(1))", "[x](data:text/html,x)", "[x](vbscript:x)",
    "[x](/formgrader?path=/tmp/evil)", "[x](../../api/contents)", "[x](//evil.example)", "[x](file:///etc/passwd)",
    "![x](/formgrader?path=/tmp/evil)", "![x](https://evil.example/pixel.png)", "![x](picture.png)",
    "[x](http://localhost:8888/lab)", "[x](http://127.0.0.1:8888/lab)", "[x](http://[::1]:8888/)",
    "http://localhost:8888/",
    "[x](https://hub.uni.example/user/ada/formgrader?path=x)", "[x](https://hub.uni.example/user/ada/%66ormgrader?path=x)",
    "[x](https://user@localhost/)", "[x](https://a.example\\@localhost/)", "![x](attachment:a.png)",
    "[x](" + "a" * MAX_MARKDOWN + ")",
])  # fmt: skip
def test_what_leads_or_loads_elsewhere_is_shown_as_it_was_typed(text):
    page = markdown2html_mistune(harmless(text))
    assert "<a " not in page and "<img" not in page and page.startswith("<pre>"), page


def test_html_is_text():
    page = markdown2html_mistune(harmless("<script>alert(1)</script> <img src=x onerror=alert(1)> <javascript:f()>"))
    assert "<script" not in page and "<img" not in page and "<a" not in page
