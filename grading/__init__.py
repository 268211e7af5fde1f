"""From solutions/ to marks: authoring, release, sandboxed run, judge, gradebook, report."""

import sys

# jsonschema, which nbformat imports, would build a grammar of web addresses: two seconds in each of our processes,
# and nothing in a notebook is checked by it. It does without where the package cannot be imported.
sys.modules.setdefault("rfc3987_syntax", None)
