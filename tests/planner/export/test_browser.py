"""The pages in a real browser, at the widths of a telephone and of a desk: no error, no request, nothing cut."""

import importlib.resources
import shutil

import pytest

from tests.planner.frozen.subjects import COMPARISON, SCENARIOS, page_of_subject

pytestmark = pytest.mark.slow

BROWSER = shutil.which("chromium")
WIDTHS = {"telephone": 390, "desk": 1280}
# The cases with the most to tell, a study with a map, one with bars, one with ends of bars, and the other documents.
PAGES = ("make-or-buy-2023", "frontier-lab-quarterly", "grid", "stress", "tornado", SCENARIOS, COMPARISON)
GRAVE = {"serious", "critical"}
MOST_TABS = 400

# Text that leaves its box: beyond the screen or the edge of a box that cuts, where nothing scrolls to it.
CUT = """() => {
  const found = [];
  const sides = new Set(["auto", "scroll"]), cuts = new Set(["hidden", "clip"]);
  const told = (what, node) => found.push(what + ": " + node.textContent.trim().slice(0, 60) + " in "
    + (node.nodeType === 3 ? node.parentElement : node).tagName + "." + ((node.parentElement || node).className.baseVal
    ?? (node.parentElement || node).className));
  if (document.documentElement.scrollWidth > window.innerWidth) {
    found.push("the page is " + document.documentElement.scrollWidth + " pixels wide");
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, own = node.parentElement;
    if (!node.textContent.trim() || own.closest("script,style,noscript,caption,#tip")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const rects = [...range.getClientRects()].filter((rect) => rect.width > 0);
    if (!rects.length) continue;
    let scrolls = false;
    for (let box = own; box && box !== document.documentElement; box = box.parentElement) {
      const style = getComputedStyle(box), edge = box.getBoundingClientRect();
      if (sides.has(style.overflowX)) { scrolls = true; break; }
      if (box === document.body || style.display === "inline") continue;
      const isCut = cuts.has(style.overflowX) || (box === own && !box.closest("svg"));
      if (isCut && rects.some((rect) => rect.left < edge.left - 1.5 || rect.right > edge.right + 1.5)) {
        told("wider than its box", node);
        break;
      }
      if (cuts.has(style.overflowY) && rects.some((rect) => rect.top < edge.top - 4 || rect.bottom > edge.bottom + 4)) {
        told("higher than its box", node);
        break;
      }
    }
    if (!scrolls && rects.some((rect) => rect.left < -1 || rect.right > window.innerWidth + 1)) {
      told("beyond the screen", node);
    }
  }
  return found;
}"""
NAMED = """(element) => element === document.body ? "" : [element.tagName, element.getAttribute("href") || element.id
  || element.getAttribute("aria-label") || element.textContent.trim().slice(0, 60)].join(" ")"""
# What the keyboard has to reach: links to sections, what folds, and what scrolls.
REACHED = """() => [...document.querySelectorAll("nav a, summary, .wide, .scroll")].filter((element) =>
  element.checkVisibility() && (element.matches("a, summary") || element.scrollWidth > element.clientWidth + 1
  || element.scrollHeight > element.clientHeight + 1))"""

# One of the tables of inputs stands for all of them: they have many rows and one form.
AXE = """async () => (await axe.run({include: [["html"]], exclude: [["details.inputs ~ details.inputs"]]},
  {resultTypes: ["violations"]})).violations"""


@pytest.fixture(scope="module")
def browser():
    """Chromium of the system."""
    if BROWSER is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def file_of(tmp_path_factory):
    """The file of a page by subject, each made once."""
    made = {}

    def file(subject):
        if subject not in made:
            made[subject] = page_of_subject(subject, tmp_path_factory.mktemp("pages"))
        return made[subject]

    return file


class Opened:
    """A page that was opened without a network, with what went wrong."""

    def __init__(self, browser, file, width):
        self.troubles = []
        context = browser.new_context(viewport={"width": width, "height": 900}, offline=True)
        self.page = context.new_page()
        self.page.on("console", lambda said: self._note(said.type in ("error", "warning"), f"console: {said.text}"))
        self.page.on("pageerror", lambda error: self._note(True, f"error: {error}"))
        self.page.on("request", lambda asked: self._note(asked.url != file.as_uri(), f"request: {asked.url}"))
        self.page.goto(file.as_uri())
        self.page.wait_for_function(
            "[...document.querySelectorAll('.chart')].every((chart) => chart.querySelector('svg') || chart.textContent)"
            " && [...document.querySelectorAll('.wide')].every((box) => box.hasAttribute('tabindex'))"
        )

    def _note(self, is_wrong, what):
        if is_wrong:
            self.troubles.append(what)

    def fold(self, *, is_open):
        """Folds everything in or out."""
        self.page.evaluate(
            "(is) => document.querySelectorAll('details').forEach((part) => { part.open = is; })", is_open
        )


@pytest.fixture(scope="module", params=[(subject, name) for subject in PAGES for name in WIDTHS], ids="-".join)
def opened(request, browser, file_of):
    """One page at one width; what a test folds out stays so."""
    subject, name = request.param
    made = Opened(browser, file_of(subject), WIDTHS[name])
    yield made
    made.page.context.close()


BAD = """<!doctype html><html><head><title></title></head><body><nav><a href="#a" tabindex="-1">a</a></nav><main>
<section id="a"><div class="chart">x</div>
<div style="width:50px;overflow:hidden;white-space:nowrap">one two three four</div>
<p style="white-space:nowrap;width:40px">wider than what it stands in</p><input><img src="no.png">
<div style="position:absolute;left:2000px">far out</div></section></main>
<script>console.error("oh")</script></body></html>"""


def test_a_bad_page_is_found_to_be_bad(browser, tmp_path):
    file = tmp_path / "bad.html"
    file.write_text(BAD, encoding="utf-8")
    bad = Opened(browser, file, 390)
    assert any("console: oh" in trouble for trouble in bad.troubles)
    assert any("request: " in trouble and trouble.endswith("no.png") for trouble in bad.troubles)
    found = "\n".join(bad.page.evaluate(CUT))
    for part in ("pixels wide", "one two", "wider than what", "far out"):
        assert part in found
    assert {"image-alt", "label", "html-has-lang", "document-title"} <= {name for name, _ in grave_faults(bad.page)}
    assert unreached(bad.page) == {"A #a"}
    bad.page.context.close()


def test_a_page_opens_without_an_error_and_asks_nobody(opened):
    told = opened.page.evaluate("[...document.querySelectorAll('.chart')].map((chart) => chart.ariaLabel)")
    assert opened.page.locator(".chart[role=img] svg").count() == len(told) > 0
    assert all(len(text) > 20 and text != "Vega visualization" for text in told)
    opened.fold(is_open=True)
    assert opened.troubles == []


def test_nothing_is_cut(opened):
    found = []
    for is_open in (False, True):
        opened.fold(is_open=is_open)
        found += opened.page.evaluate(CUT)
    assert not found, "\n".join(dict.fromkeys(found[:40]))


def test_assistive_technology_finds_no_grave_fault(opened):
    opened.fold(is_open=True)
    grave = grave_faults(opened.page)
    assert not grave, "\n".join(": ".join(fault) for fault in grave)


def grave_faults(page):
    """The serious and critical faults of a page by the name of their rule, each with the first place of it."""
    page.evaluate((importlib.resources.files("axe_playwright_python") / "axe.min.js").read_text("utf-8"))
    return [
        (
            fault["id"],
            f"{len(fault['nodes'])} × {fault['nodes'][0]['html'][:160]} {fault['nodes'][0]['failureSummary']}",
        )
        for fault in page.evaluate(AXE)
        if fault["impact"] in GRAVE
    ]


def unreached(page):
    """What the keyboard should reach on a page and does not."""
    page.evaluate("window.scrollTo(0, 0); document.activeElement.blur()")
    wanted = page.evaluate(f"({REACHED})().map({NAMED})")
    seen = set()
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        name = page.evaluate(f"({NAMED})(document.activeElement)")
        if not name:
            break
        seen.add(name)
    return set(wanted) - seen


def test_the_keyboard_reaches_every_section(opened):
    page = opened.page
    opened.fold(is_open=True)
    assert unreached(page) == set()
    sections = page.evaluate("[...document.querySelectorAll('main > section')].map((part) => part.id)")
    links = page.evaluate("[...document.querySelectorAll('nav a')].map((link) => link.getAttribute('href').slice(1))")
    assert links == sections
    for name in sections:
        page.locator(f"nav a[href='#{name}']").press("Enter")
        page.wait_for_function(
            "(name) => { const at = document.getElementById(name).getBoundingClientRect();"
            " return at.top > -2 && at.top < window.innerHeight; }",
            arg=name,
        )
