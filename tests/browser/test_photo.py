"""A photo of the reader's: every format and every mistake, and nothing of it in the notebook."""

import base64
import io
import json
import re

import numpy as np
import pillow_heif
import pytest
from PIL import Image
from playwright.sync_api import expect

RED, BLUE = (200, 30, 30), (30, 30, 200)
# Stored with red on the left; this tag says that left is to be shown on top.
TURNED = 6


def two_halves():
    picture = np.zeros((600, 900, 3), np.uint8)
    picture[:, :450], picture[:, 450:] = RED, BLUE
    return Image.fromarray(picture)


@pytest.fixture
def photo(play):
    return play["photo"]


def upload(explorer, path):
    explorer.root.locator("input[type=file]").set_input_files(path)


def shown(state):
    """The panel with the picture itself."""
    return state["pictures"][0]


def arrived(explorer, **size):
    """Wait for the photo and its map; gives the state."""
    return explorer.wait(
        lambda state: (
            shown(state)["alt"].endswith(": your photo.")
            and len(state["pictures"]) == 3
            and all(shown(state)["size"][axis == "height"] == value for axis, value in size.items())
        ),
        seconds=60,
    )


def colours(explorer):
    """The colours near the top and near the bottom of the picture that is shown."""
    return explorer.root.locator("img").first.evaluate("""async image => {
      await image.decode();
      const canvas = document.createElement("canvas");
      const [width, height] = [canvas.width, canvas.height] =
          [image.naturalWidth, image.naturalHeight];
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      return [0.1, 0.9].map(y =>
        [...context.getImageData(width / 2, y * height, 1, 1).data].slice(0, 3));
    }""")


def test_a_photo_is_shown_upright_and_leaves_nothing_in_the_saved_notebook(play, photo, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = TURNED
    file = tmp_path / "secret-holiday.jpg"
    two_halves().save(file, exif=exif)
    before = save(play)
    upload(photo, file)
    state = arrived(photo, width=320, height=480)
    top, bottom = colours(photo)
    assert np.allclose(top, RED, atol=12) and np.allclose(bottom, BLUE, atol=12)
    assert state["pictures"][1]["caption"].startswith("Gradient for ")
    # The state of all controls was saved, the worst case, and so was the change.
    after = save(play, holding='"your photo"')
    assert after != before
    assert pictures_in(after) == pictures_in(before)
    assert "secret" not in after
    seen = photo.pictures
    photo.after(photo.select("picture").select_option, "chelsea")
    assert photo.after(photo.select("picture").select_option, "your photo")
    assert photo.pictures == seen


def save(play, holding=""):
    """Save by JupyterLab, with the widgets' state; gives the file's text, once it holds a word.

    Not the first file that is newer, which may be JupyterLab's own save of just before.
    """
    before = play.path.stat().st_mtime_ns
    play.page.get_by_role("menuitem", name="File", exact=True).click()
    play.page.get_by_role("menuitem", name=re.compile(r"^Save Notebook(?! As)")).click()
    for _ in range(200):
        play.page.wait_for_timeout(50)
        text = play.path.read_text()
        newer = play.path.stat().st_mtime_ns > before
        if newer and text.endswith("}\n") and holding in text:
            break
    assert holding in text
    assert "application/vnd.jupyter.widget-state+json" in json.loads(text)["metadata"]["widgets"]
    return text


def pictures_in(text):
    """Everything that may be a picture: long runs of base64."""
    return set(re.findall(r"[A-Za-z0-9+/]{400,}", text))


HAND_OVER = """(place, { kind, name, content }) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type: "image/png" }));
  const about = { bubbles: true, cancelable: true };
  place.dispatchEvent(kind === "drop"
    ? new DragEvent("drop", { ...about, dataTransfer: transfer })
    : new ClipboardEvent("paste", { ...about, clipboardData: transfer }));
}"""


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_photo_is_dropped_or_pasted_and_its_name_and_classes_are_told(photo, kind):
    kept = io.BytesIO()
    height = {"drop": 300, "paste": 450}[kind]
    two_halves().resize((300, height)).save(kept, "PNG")
    content = base64.b64encode(kept.getvalue()).decode()
    place = photo.root.locator(".helpers-photo")
    place.evaluate(HAND_OVER, {"kind": kind, "name": f"{kind}ped.png", "content": content})
    state = arrived(photo, width=320, height=round(320 * height / 300))
    expect(place).to_contain_text(f"Shown: {kind}ped.png")
    expect(photo.root.locator("caption", has_text="Top five")).to_be_visible()
    assert len(state["rows"]) == 5


def test_an_iphones_heic_goes_whole_and_is_read(photo, tmp_path):
    file = tmp_path / "IMG_0001.HEIC"
    pillow_heif.from_pillow(two_halves().rotate(180)).save(file, quality=90)
    upload(photo, file)
    arrived(photo, width=320, height=213)
    left = photo.root.locator("img").first.evaluate("""async image => {
      await image.decode();
      const canvas = document.createElement("canvas");
      canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      return [...context.getImageData(20, 100, 1, 1).data].slice(0, 3);
    }""")
    assert np.allclose(left, BLUE, atol=25)


def fill_with_text(file):
    file.write_text("This is not a picture.\n" * 50)


def fill_sparsely(file):
    with file.open("wb") as opened:
        opened.truncate(65 * 2**20)


def cut_off(file):
    kept = io.BytesIO()
    two_halves().save(kept, "JPEG")
    file.write_bytes(kept.getvalue()[:1500])


@pytest.mark.parametrize(
    ("fill", "words"),
    [
        (fill_with_text, "holiday.jpg"),
        (lambda file: file.write_bytes(b""), "holiday.jpg"),
        (fill_sparsely, "too large: give a picture below 64 MB"),
        (cut_off, "holiday.jpg"),
    ],
    ids=["text", "empty", "large", "cut-off"],
)
def test_a_bad_file_gets_a_sentence_and_the_figure_stays(photo, tmp_path, fill, words):
    before, file = photo.state, tmp_path / "holiday.jpg"
    fill(file)
    upload(photo, file)
    refused = photo.wait(lambda state: words in state["note"], seconds=60)
    assert refused["pictures"] == before["pictures"]
    assert "Traceback" not in refused["note"] and refused["note"].endswith(".")
    sigma = photo.slider("sigma")
    assert sigma.is_visible()
    photo.after(photo.slide_by_key, "sigma", "ArrowRight")
    assert photo.after(photo.slide_by_key, "sigma", "ArrowLeft")["pictures"] == before["pictures"]


def fetch(photo, address):
    photo.root.get_by_label("or address").fill(address)
    photo.press("Fetch the address")


def test_a_picture_is_fetched_from_an_address(photo, server):
    kept = io.BytesIO()
    two_halves().rotate(90, expand=True).save(kept, "PNG")
    server.files["/mine.png"] = kept.getvalue()
    fetch(photo, f"{server.address}/mine.png")
    arrived(photo, width=320, height=480)
    top, bottom = colours(photo)
    assert np.allclose(top, BLUE, atol=12) and np.allclose(bottom, RED, atol=12)
    assert server.requests == ["/mine.png"]


@pytest.mark.parametrize("address", ["my picture", "{}/not-there.jpg", "{}/page.html"])
def test_a_bad_address_gets_a_sentence_and_the_figure_stays(photo, server, address):
    server.files["/page.html"] = b"<html>no picture</html>"
    before = photo.state
    fetch(photo, address.format(server.address))
    refused = photo.wait(lambda state: state["note"] != before["note"], seconds=60)
    assert refused["pictures"] == before["pictures"]
    assert "Traceback" not in refused["note"] and refused["note"].endswith(".")
    photo.after(photo.slide_by_key, "sigma", "ArrowRight")
    photo.after(photo.slide_by_key, "sigma", "ArrowLeft")


def test_every_control_of_the_photo_explorer_and_its_report_card(play, photo):
    others = play.others("photo")
    photo.after(photo.select("picture").select_option, "chelsea")
    first = photo.wait(lambda state: "Gradient (" in state["note"])
    other = photo.after(photo.type_class, "class", "tabby")
    assert other["pictures"][1]["caption"] == "Gradient for tabby"
    assert photo.after(photo.type_class, "class", "Egyptian cat") == first
    other = photo.after(photo.select("method").select_option, "Grad-CAM")
    assert other["pictures"][1]["caption"] == "Grad-CAM for Egyptian cat"
    assert photo.after(photo.select("method").select_option, "Gradient") == first
    for label, share in (("sigma", 0.6), ("overlay", 0.2)):
        other = photo.after(photo.slide_by_mouse, label, share)
        assert other["pictures"][1]["src"] != first["pictures"][1]["src"]
        assert photo.after(photo.slide_by_mouse, label, {"sigma": 0.25, "overlay": 0.7}[label])
        assert photo.state == first
    photo.button("Report card").click()
    told = "The report card (Gradient, chelsea) is below."
    card = photo.wait(lambda state: state["note"] == told, seconds=180)
    assert card["pictures"] == first["pictures"] and len(card["rows"]) >= 10
    other = photo.after(photo.select("method").select_option, "Grad-CAM")
    assert len(other["rows"]) == 5  # the card was about another map
    assert photo.after(photo.select("method").select_option, "Gradient")["rows"] == first["rows"]
    assert play.others("photo") == others
