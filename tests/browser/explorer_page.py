"""What a reader can see of an explorer on a page, and what hands can do to it."""

import time

from playwright.sync_api import expect

STATE = """async (root) => {
  const images = [...root.querySelectorAll(
    "img:not(.helpers-thumbnails img):not(.helpers-outline)")];
  await Promise.all(images.map((image) => image.decode().catch(() => {})));
  const digest = (text) => {
    let hash = 5381;
    for (let i = 0; i < text.length; i++) hash = ((hash * 33) ^ text.charCodeAt(i)) >>> 0;
    return `${hash}-${text.length}`;
  };
  const words = (node) => node?.textContent.trim() ?? "";
  return {
    pictures: images.map((image) => ({
      src: digest(image.src),
      alt: image.alt,
      caption: words(image.closest("figure")?.querySelector("figcaption")),
      size: [image.naturalWidth, image.naturalHeight],
    })),
    note: words(root.querySelector(".helpers-note")),
    rows: Object.fromEntries([...root.querySelectorAll("tbody tr:not(.helpers-log *)")].map(
      (row) => [...row.children].map(words)).map(([name, ...cells]) => [name, cells])),
  };
}"""


# What a hand is on, and what it changes, that cannot be seen together, when the page is scrolled
# from the explorer's beginning until the control is in sight.
APART = """(root, selector) => {
  const scroller = selector && document.querySelector(selector);
  const apart = [];
  const parts = root.querySelectorAll(
    ".helpers-side :is(button, input, select, .noUi-handle, table, .helpers-thumbnails)");
  const picture = root.querySelector(".helpers-figure img, .helpers-side img");
  for (const part of parts) {
    if (!part.getClientRects().length || part.closest(".helpers-thumbnails") !== null &&
        !part.matches(".helpers-thumbnails")) continue;
    root.scrollIntoView({ block: "start" });
    part.scrollIntoView({ block: "nearest" });
    const room = (scroller ?? document.documentElement).getBoundingClientRect();
    const [top, bottom] = [Math.max(room.top, 0), Math.min(room.bottom, innerHeight)];
    const seen = (e) => {
      const area = e.getBoundingClientRect();
      return (Math.min(area.bottom, bottom) - Math.max(area.top, top)) / area.height;
    };
    const shares = [seen(part), seen(picture)];
    const tall = part.getBoundingClientRect().height > bottom - top;
    if ((shares[0] < 0.6 && !tall) || shares[1] < 0.6)
      apart.push(`${part.tagName}.${part.className} ${part.textContent.slice(0, 30)} ${shares}`);
  }
  return apart;
}"""


def apart(root, scroller=None):
    """What of an explorer cannot be seen together with its picture, and should."""
    return root.evaluate(APART, scroller)


class ExplorerPage:
    """One `.helpers-explorer` of a page."""

    def __init__(self, page, root):
        self.page, self.root = page, root

    @property
    def state(self):
        """Pictures (digest, alt, caption, size), note and rows of the table, as they are now."""
        return self.root.evaluate(STATE)

    @property
    def pictures(self):
        return [picture["src"] for picture in self.state["pictures"]]

    @property
    def captions(self):
        return [picture["caption"] for picture in self.state["pictures"] if picture["caption"]]

    @property
    def note(self):
        return self.state["note"]

    def row(self, name):
        return self.state["rows"][name]

    def after(self, act, *values, seconds=30, **options):
        """Call `act`; gives the state that the page settles in, which must be another one."""
        before = self.state
        act(*values, **options)
        return self.wait(lambda state: state != before, seconds=seconds)

    def wait(self, accepted, *, seconds=30):
        """Wait until the state is accepted and stays the same for a moment; gives it."""
        end, last = time.monotonic() + seconds, None
        while time.monotonic() < end:
            state = self.state
            if state == last and accepted(state):
                return state
            last = state
            self.page.wait_for_timeout(150)
        raise AssertionError(f"the page did not come there in {seconds} s; it shows {last}")

    # --- Controls -------------------------------------------------------------------------

    def slider(self, label):
        return self.root.locator(".widget-slider:visible").filter(has_text=label).first

    def slide_by_key(self, label, key, times=1):
        handle = self.slider(label).get_by_role("slider")
        handle.focus()
        for _ in range(times):
            handle.press(key)

    def slide_by_mouse(self, label, share):
        """Drag the handle to a share of the track."""
        slider = self.slider(label)
        slider.scroll_into_view_if_needed()
        handle = slider.locator(".noUi-handle").bounding_box()
        track = slider.locator(".noUi-target").bounding_box()
        mouse, y = self.page.mouse, handle["y"] + handle["height"] / 2
        mouse.move(handle["x"] + handle["width"] / 2, y)
        mouse.down()
        mouse.move(track["x"] + share * track["width"], y, steps=4)
        mouse.up()

    def reading(self, label):
        return float(self.slider(label).locator(".widget-readout").inner_text())

    def write(self, label, number):
        """Type a number where a slider shows its own."""
        self.slider(label).locator(".widget-readout").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(number)
        self.page.keyboard.press("Enter")

    def select(self, label):
        return self.root.get_by_label(label, exact=True)

    def field(self, label):
        return self.root.get_by_role("combobox", name=label, exact=True)

    def type_class(self, label, words):
        """By keyboard alone: focus, select all, type, Enter."""
        field = self.field(label)
        field.focus()
        field.press("Control+a")
        self.page.keyboard.type(words)
        field.press("Enter")

    def thumbnail(self, value):
        """The radio button behind a small picture."""
        return self.root.locator(f'.helpers-thumbnails input[value="{value}"]')

    def button(self, label):
        return self.root.get_by_role("button", name=label, exact=True)

    def press(self, label, key="Enter"):
        self.button(label).focus()
        self.page.keyboard.press(key)

    def boxes(self):
        return self.root.locator(".helpers-box")

    def box_words(self):
        return [box.get_attribute("aria-label") for box in self.boxes().all()]

    def stage(self):
        """Place of the picture in the window: x, y, width, height."""
        stage = self.root.locator(".helpers-stage")
        stage.scroll_into_view_if_needed()
        return stage.bounding_box()

    def drag(self, start, end, steps=5):
        """With the mouse, from and to (x, y) in shares of the picture."""
        area = self.stage()
        (x, y), (u, v) = (self._at(area, place) for place in (start, end))
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(u, v, steps=steps)
        self.page.mouse.up()

    @staticmethod
    def _at(area, place):
        return area["x"] + place[0] * area["width"], area["y"] + place[1] * area["height"]


def explorers(page, root):
    """All explorers within `root` that can be seen."""
    return [ExplorerPage(page, found) for found in root.locator(".helpers-explorer").all()]


def no_trouble(root):
    """No cell shows an error or a word on stderr."""
    expect(root.locator('.jp-OutputArea-output[data-mime-type*="stderr"]')).to_have_count(0)
    expect(root.locator('.jp-OutputArea-output[data-mime-type*="error"]')).to_have_count(0)
    expect(root.locator(".jupyter-widgets-error-widget, .jp-RenderedText pre .ansi-red-fg")
           ).to_have_count(0)  # fmt: skip
