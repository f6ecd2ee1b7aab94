"""Twenty texts that would run a script where a page took them for anything but text; each sets ``window.ran``.

And every field of the desk, the map, the actions and the public form that takes a text.
"""

from dataclasses import dataclass

PAYLOADS = (
    "<script>window.ran=1</script>",
    "</script><script>window.ran=1</script>",
    "<img src=x onerror=window.ran=1>",
    "<svg onload=window.ran=1>",
    "<svg><script>window.ran=1</script></svg>",
    '"><img src=x onerror=window.ran=1>',
    "'><img src=x onerror=window.ran=1>",
    '" onmouseover="window.ran=1" autofocus onfocus="window.ran=1',
    "' onmouseover='window.ran=1' autofocus onfocus='window.ran=1",
    "</textarea><script>window.ran=1</script>",
    "</title><script>window.ran=1</script>",
    "</option></select><img src=x onerror=window.ran=1>",
    "<iframe srcdoc='<script>parent.ran=1</script>'></iframe>",
    "<details open ontoggle=window.ran=1>",
    "<math><mtext><table><mglyph><style><img src=x onerror=window.ran=1>",
    "`${window.ran=1}`",
    "${window.ran=1}",
    "{{ ''.__class__ }}{% raw %}<img src=x onerror=window.ran=1>",
    "javascript:window.ran=1",
    "<a href='javascript:window.ran=1' id=x tabindex=1 onfocus=window.ran=1 autofocus>x</a>",
)


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field that takes a text: the page it stands on, how it is found there, and the longest text that it takes."""

    page: str
    selector: str
    longest: int = 4000


#: The papers of a target stand on the page of a new action and on its own.
PAPERS = {"evidence": 100, "legal_basis": 40, "authority": 40, "document_no": 40, "police_document_no": 40}
DECISION = ("legal_basis", "authority", "document_no", "police_document_no")
FIELDS = (
    Field(page="/tips", selector="#look", longest=40),
    Field(page="/tips", selector="#text"),
    Field(page="/tips", selector="#source", longest=60),
    Field(page="/tips", selector="#address", longest=200),
    Field(page="/tips", selector="#community", longest=80),
    Field(page="/tips", selector="#more", longest=500),
    Field(page="/tips", selector="#acting-post", longest=80),
    Field(page="/", selector="#acting-post", longest=80),
    Field(page="/actions/new", selector="#acting-post", longest=80),
    Field(page="/posts", selector="#acting-post", longest=80),
    Field(page="/posts", selector="#post", longest=40),
    Field(page="/posts", selector="#area", longest=60),
    Field(page="/posts", selector="#work_phone", longest=20),
    Field(page="/posts", selector="#text", longest=40),
    Field(page="/tips/new", selector="#text"),
    Field(page="/tips/new", selector="#address", longest=200),
    Field(page="/tips/new", selector="#website"),
    Field(page="/tips/receipt", selector="#number", longest=40),
    Field(page="/tips/receipt", selector="#words", longest=1000),
    Field(page="/", selector="#search-text"),
    Field(page="/", selector="#review-reason", longest=500),
    Field(page="/", selector="#draw-form [name=name]", longest=60),
    Field(page="/", selector="#draw-form [name=note]", longest=500),
    Field(page="/", selector="#draw-form [role=combobox]", longest=200),
    Field(page="/actions/new", selector="#name", longest=60),
    Field(page="/actions/new", selector="#text", longest=40),
    *(Field(page="/actions/new", selector=f"#decision-{name}", longest=PAPERS[name]) for name in DECISION),
    Field(page="/actions/new", selector=".popup input", longest=60),
    *(Field(page="/actions/new", selector=f"#target-0-{name}", longest=most) for name, most in PAPERS.items()),
    *(Field(page="/actions/1", selector=f"#target-1-{name}", longest=most) for name, most in PAPERS.items()),
)
