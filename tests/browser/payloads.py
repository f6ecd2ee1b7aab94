"""Twenty texts that would run a script where a page took them for anything but text; each sets ``window.ran``."""

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
