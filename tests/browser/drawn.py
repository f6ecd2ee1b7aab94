"""What can be seen of a page: pixels on canvases, boxes of labels, whether it lets one go."""

from playwright.sync_api import Page

_PIXELS = """(pane) => [...document.querySelectorAll(`.leaflet-${pane}-pane canvas`)].reduce((sum, canvas) => {
    if (!canvas.width || !canvas.height) return sum;
    const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    let seen = 0;
    for (let i = 3; i < data.length; i += 4) if (data[i] > 20) seen += 1;
    return sum + seen;
}, 0)"""
_BOXES = """() => [...document.querySelectorAll(".label")].map((label) => {
    const { left, top, right, bottom } = label.getBoundingClientRect();
    return [left, top, right, bottom, label.textContent];
})"""

Box = tuple[float, float, float, float, str]


def asks_before_leaving(page: Page) -> bool:
    """Whether whoever leaves the page now is asked first."""
    return bool(page.evaluate("!dispatchEvent(new Event('beforeunload', {cancelable: true}))"))


def pixels(page: Page, pane: str) -> int:
    """How many pixels are painted on the canvases of a pane."""
    return int(page.evaluate(_PIXELS, pane))


def wait_for_pixels(page: Page, pane: str, *, more_than: int = 0) -> int:
    """The painted pixels of a pane once they are more than that."""
    page.wait_for_function(f"([pane, least]) => ({_PIXELS})(pane) > least", arg=[pane, more_than])
    return pixels(page, pane)


def labels(page: Page) -> list[Box]:
    """The labels on the map with their boxes on the screen."""
    return [tuple(box) for box in page.evaluate(_BOXES)]


def overlaps(boxes: list[Box]) -> list[tuple[str, str]]:
    """The pairs of labels that cover one another by more than a pixel."""
    pairs = [(a, b) for n, a in enumerate(boxes) for b in boxes[n + 1 :]]
    return [(a[4], b[4]) for a, b in pairs if all(min(a[i + 2], b[i + 2]) - max(a[i], b[i]) > 1 for i in (0, 1))]
