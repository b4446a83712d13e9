"""Pictures from files, bytes and addresses: upright, RGB, and never silently wrong."""

import hashlib
import io
import os

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage
from toys import one_sentence, picture_bytes

from helpers.backend import keras
from helpers.errors import HelpersError
from helpers.models.prediction import class_probabilities, make_prediction
from helpers.pictures import images
from helpers.pictures.images import example_names, load_image, to_array

RNG = np.random.default_rng(3)
NOISE = Image.fromarray(RNG.integers(0, 256, (20, 30, 3), dtype=np.uint8))
QUARTERS = np.zeros((32, 48, 3), np.uint8)  # upper left red, upper right green, lower left blue
QUARTERS[:16, :24, 0] = QUARTERS[:16, 24:, 1] = QUARTERS[16:, :24, 2] = 255


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("HELPERS_CACHE", str(tmp_path / "cache"))


def same(image, other) -> bool:
    return image.mode == "RGB" and np.array_equal(np.asarray(image), np.asarray(other))


# Where a picture comes from


def test_every_kind_of_source_gives_the_same_picture(tmp_path, server):
    content = picture_bytes(NOISE)
    path = tmp_path / "a picture.png"
    path.write_bytes(content)
    server.files["/noise.png"] = content
    with path.open("rb") as file:
        assert same(load_image(file), NOISE)
    sources = [path, str(path), content, bytearray(content), memoryview(content)]
    for source in [*sources, io.BytesIO(content), NOISE, f"{server.address}/noise.png"]:
        assert same(load_image(source), NOISE)


def test_what_an_address_gives_is_fetched_anew_and_leaves_no_file(server, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for picture in (NOISE, Image.fromarray(QUARTERS)):
        server.files["/now.png"] = picture_bytes(picture)
        assert same(load_image(f"{server.address}/now.png"), picture)
    assert server.requests == ["/now.png"] * 2
    assert not list(tmp_path.rglob("*"))


def test_a_photo_of_an_iphone():
    """HEIC says itself how it is turned; the note in its EXIF must not turn it once more."""
    note = Image.Exif()
    note[274] = 6
    image = load_image(picture_bytes(Image.fromarray(QUARTERS), "HEIF", quality=95, exif=note))
    assert image.mode == "RGB" and image.size == (48, 32)
    assert np.abs(np.float64(image) - QUARTERS).mean() < 6


@pytest.mark.parametrize(("name", "size"), [("chelsea", (451, 300)), ("coffee", (600, 400))])
def test_free_examples_and_no_reader_can_spoil_them(name, size):
    image = load_image(name)
    assert image.mode == "RGB" and image.size == size
    image.paste("black", (0, 0, *size))
    assert np.asarray(load_image(name)).any()


def test_example_names():
    assert {"chelsea", "coffee", "post/kitten", "post/vince"} <= set(example_names())


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("no/such/picture.jpg", "There is no file no/such/picture.jpg; the examples are chelsea"),
        (".", "is a folder"),
        ("", "is a folder"),
        (b"", "is empty"),
        (io.BytesIO(b""), "is empty"),
        (b"just some text", "not a picture"),
        (io.StringIO("text"), "gives no bytes"),
        ("x" * 5000, "cannot be read"),
        ("a\0b", "cannot be read"),
        (None, "not from NoneType"),
        (np.zeros((3, 3, 3)), "not from ndarray"),
        ("post/dog", "There is no example post/dog"),
    ],
)
def test_what_is_no_source(source, part):
    with pytest.raises(HelpersError, match=part) as error:
        load_image(source)
    one_sentence(error)


def test_text_named_png_empty_and_unreadable_files(tmp_path, monkeypatch):
    (tmp_path / "text.png").write_text("Dear diary")
    (tmp_path / "empty.png").touch()
    for name, part in (("text.png", "not a picture"), ("empty.png", "is empty")):
        with pytest.raises(HelpersError, match=part) as error:
            load_image(tmp_path / name)
        one_sentence(error)

    def forbidden(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_bytes", forbidden)
    with pytest.raises(HelpersError, match="cannot be read: Permission denied"):
        load_image(tmp_path / "text.png")


def test_a_closed_file(tmp_path):
    file = io.BytesIO(picture_bytes(NOISE))
    file.close()
    with pytest.raises(HelpersError, match="open it anew"):
        load_image(file)


# Addresses that fail


@pytest.mark.parametrize(("path", "part"), [("/gone.png", "404"), ("/broken.png", "500")])
def test_an_address_with_an_error(server, path, part):
    server.files["/broken.png"] = 500
    with pytest.raises(HelpersError, match=part) as error:
        load_image(server.address + path)
    one_sentence(error)


def test_a_refused_connection(refused):
    with pytest.raises(HelpersError, match="no answer.*internet connection") as error:
        load_image(f"{refused}/noise.png")
    one_sentence(error)


def test_an_address_that_holds_no_picture(server):
    server.files["/page"] = b"<html>Sign in to the network of this hotel</html>"
    with pytest.raises(HelpersError, match="not a picture") as error:
        load_image(f"{server.address}/page")
    one_sentence(error)


@pytest.mark.parametrize(
    ("source", "variable"), [("post/kitten", "HELPERS_CACHE"), ("http://localhost/a.png", "TMPDIR")]
)
def test_a_folder_that_cannot_be_written_to(source, variable, monkeypatch):
    def forbidden(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pooch.retrieve", forbidden)
    with pytest.raises(HelpersError, match=variable) as error:
        load_image(source)
    one_sentence(error)


# The post's pictures, with pictures of our own in their place


@pytest.fixture
def post(server, monkeypatch):
    """Serve a made-up "kitten" photograph and a made-up "dirk" figure from two addresses."""
    figure = Image.new("RGB", (691, 356), "white")
    left, top, right, bottom = images.LEFT_PANEL
    panel = RNG.integers(0, 256, (bottom - top, right - left, 3), dtype=np.uint8)
    figure.paste(Image.fromarray(panel), (left, top))
    files = {"kitten": ("kitten.png", NOISE), "dirk": ("dirk.png", figure)}
    contents = {name: picture_bytes(image) for name, (_, image) in files.items()}
    pinned = {
        name: (
            f"{name}.{'jpg' if name == 'kitten' else 'png'}",
            hashlib.sha256(content).hexdigest(),
        )
        for name, content in contents.items()
    }
    monkeypatch.setattr(images, "POST_FILES", pinned)
    addresses = (f"{server.address}/first/", f"{server.address}/second/")
    monkeypatch.setattr(images, "POST_ADDRESSES", addresses)
    server.contents = {pinned[name][0]: content for name, content in contents.items()}
    server.panel = panel
    return server


def serve(post, folder, change=lambda content: content):
    post.files.update({f"/{folder}/{file}": change(c) for file, c in post.contents.items()})


def test_a_photograph_comes_whole_and_a_figure_is_cut(post):
    serve(post, "first")
    assert same(load_image("post/kitten"), NOISE)
    assert same(load_image("post/dirk"), post.panel)
    load_image("post/dirk")
    assert post.requests == ["/first/kitten.jpg", "/first/dirk.png"]


@pytest.mark.parametrize("change", [None, lambda content: content[:-9] + b"forgeries"])
def test_the_second_address_steps_in(post, change):
    if change:
        serve(post, "first", change)
    serve(post, "second")
    assert same(load_image("post/dirk"), post.panel)
    assert post.requests == ["/first/dirk.png", "/second/dirk.png"]


def test_a_wrong_hash_is_refused_and_not_kept(post, tmp_path):
    for folder in ("first", "second"):
        serve(post, folder, lambda content: content + b"!")
    with pytest.raises(HelpersError, match="not the expected file.*need no internet") as error:
        load_image("post/kitten")
    one_sentence(error)
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


def test_offline_the_free_examples_are_named(post, refused, monkeypatch):
    monkeypatch.setattr(images, "POST_ADDRESSES", (f"{refused}/a/", f"{refused}/b/"))
    with pytest.raises(HelpersError, match="chelsea and coffee"):
        load_image("post/kitten")


# The post's own pictures, where they are


@pytest.fixture
def real_post(blog, server, monkeypatch):
    """Serve the post's own files, whose SHA-256 stay pinned."""
    server.files = {f"/{path.name}": path.read_bytes() for path in blog.iterdir()}
    monkeypatch.setattr(images, "POST_ADDRESSES", (f"{server.address}/",))


def test_every_photograph_of_the_post_is_cut_exactly_inside_its_frame(real_post, blog):
    for name, (file, _) in images.POST_FILES.items():
        photograph = load_image(f"post/{name}")
        if not file.endswith(".png"):
            assert photograph.size == (1024, 576)
            continue
        left, top, right, bottom = images.LEFT_PANEL
        assert photograph.size == (right - left, bottom - top)
        figure = np.asarray(Image.open(blog / file).convert("RGB"), float).mean(-1)
        inside = figure[top:bottom, left:right]
        for frame, first, second in (
            (figure[top - 1, left:right], inside[0], inside[1]),
            (figure[bottom, left:right], inside[-1], inside[-2]),
            (figure[top:bottom, left - 1], inside[:, 0], inside[:, 1]),
            (figure[top:bottom, right], inside[:, -1], inside[:, -2]),
        ):
            # The frame is black over what lies under it; just inside nothing is darkened.
            assert frame.mean() <= 0.35 * first.mean() + 18, name
            assert abs(first.mean() - second.mean()) < 3, name


@pytest.mark.parametrize(
    ("name", "expected", "probability"),
    [
        ("kitten", "tabby", 0.41),
        ("can_opener", "can_opener", 0.98),
        ("accordion", "accordion", 0.91),
        ("vince", "basketball", 0.98),
    ],
)
def test_what_the_network_says_of_the_post(real_post, network, name, expected, probability):
    array = to_array(load_image(f"post/{name}"), network)
    index, detailed = make_prediction(array, network)
    assert detailed[0][0][1] == expected
    assert class_probabilities(array, network)[index] == pytest.approx(probability, abs=0.02)


@pytest.mark.parametrize("name", ["dirk", "dirk_no_ball"])
def test_dirk_is_basketball_with_and_without_the_ball(real_post, network, name):
    array = to_array(load_image(f"post/{name}"), network)
    index, detailed = make_prediction(array, network)
    assert detailed[0][0][1] == "basketball"
    # How likely depends on the crop: moving it by one pixel moves this by a tenth.
    assert class_probabilities(array, network)[index] > 0.25


def test_dirk_with_the_ball_blackened_as_the_post_did(real_post, network):
    array = to_array(load_image("post/dirk"), network)
    array[5:45, 35:75] = 0
    assert make_prediction(array, network)[1][0][0][1] == "basketball"


# Kinds of pictures


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotated_pictures_come_upright(orientation):
    # What the camera stored for each orientation, so that turning gives QUARTERS again.
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    upright = Image.fromarray(QUARTERS)
    stored = upright.transpose(undo[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = load_image(picture_bytes(stored, "JPEG", quality=95, exif=exif))
    assert image.size == (48, 32)
    off = np.abs(np.asarray(image, int) - QUARTERS)
    assert np.median(off) < 10 and off.mean() < 10


@pytest.mark.parametrize(
    ("mode", "kind", "tolerance"),
    [
        ("L", "PNG", 0),
        ("L", "JPEG", 3),
        ("1", "PNG", 0),
        ("LA", "PNG", 0),
        ("P", "PNG", 0),
        ("I;16", "PNG", 0),
        ("I", "TIFF", 0),
        ("F", "TIFF", 1),
    ],
)
def test_grey_of_every_depth_is_the_same_grey(mode, kind, tolerance):
    grey = np.tile(np.linspace(0, 255, 24).round().astype(np.uint8), (16, 1))
    if mode == "1":
        grey = np.where(grey > 127, 255, 0).astype(np.uint8)
    image = Image.fromarray(grey)
    if mode == "F":
        image = Image.fromarray(grey.astype(np.float32) / 255)
    elif mode.startswith("I"):
        image = Image.fromarray(grey.astype(np.uint16 if ";" in mode else np.int32) * 257)
    elif mode != "L":
        image = image.convert(mode)
    result = np.asarray(load_image(picture_bytes(image, kind)), int)
    assert result.shape == (16, 24, 3)
    assert np.abs(result - grey[..., None]).max() <= tolerance


def test_floats_0_to_255_stay_as_they_are():
    grey = np.tile(np.linspace(0, 255, 24, dtype=np.float32), (16, 1))
    image = load_image(picture_bytes(Image.fromarray(grey), "TIFF"))
    assert np.array_equal(np.asarray(image)[..., 0], grey.round().astype(np.uint8))


@pytest.mark.parametrize(
    "values",
    [np.float32([[0, np.nan]]), np.float32([[-3, 9]]), np.float32([[0, 70000]])]
    + [np.int32([[0, 70000]]), np.int32([[-1, 5]])],
)
def test_values_that_no_picture_holds(values):
    with pytest.raises(HelpersError, match="holds values other than") as error:
        load_image(picture_bytes(Image.fromarray(values), "TIFF"))
    one_sentence(error)


def test_transparent_parts_come_on_white():
    clear = np.zeros((4, 4, 4), np.uint8)
    clear[:, :2] = (200, 10, 30, 255)
    expected = np.where(clear[..., 3:] > 0, clear[..., :3], 255)
    assert same(load_image(picture_bytes(Image.fromarray(clear))), expected)
    palette = Image.fromarray(clear[..., :3]).convert("P", palette=Image.Palette.ADAPTIVE, colors=2)
    hidden = palette.getpixel((3, 3))
    content = picture_bytes(palette, transparency=hidden)
    assert Image.open(io.BytesIO(content)).mode == "P"
    assert same(load_image(content), expected)


def test_cmyk():
    flat = Image.new("RGB", (16, 16), (200, 100, 50))
    image = load_image(picture_bytes(flat.convert("CMYK"), "JPEG", quality=95))
    assert np.abs(np.asarray(image, int) - (200, 100, 50)).max() < 8


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame(kind):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    options = {"lossless": True} if kind == "WEBP" else {}
    content = picture_bytes(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    assert Image.open(io.BytesIO(content)).n_frames == 3
    assert same(load_image(content), frames[0])


def test_one_pixel():
    image = load_image(picture_bytes(Image.new("RGB", (1, 1), (9, 8, 7))))
    assert np.array_equal(np.unique(to_array(image).reshape(-1, 3), axis=0), [[9, 8, 7]])


def test_a_hundred_megapixels_work_and_too_many_are_refused(monkeypatch, recwarn):
    content = picture_bytes(Image.new("L", (10_000, 10_000), 77), compress_level=1)
    image = load_image(content)
    assert image.size == (10_000, 10_000) and image.getpixel((5, 5)) == (77, 77, 77)
    assert not recwarn.list
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(HelpersError, match="more pixels than the 2,000") as error:
        load_image(content)
    one_sentence(error)


def test_a_truncated_jpeg(tmp_path):
    content = picture_bytes(NOISE.resize((300, 200)), "JPEG")
    (tmp_path / "half.jpg").write_bytes(content[: len(content) // 2])
    with pytest.raises(HelpersError, match="is damaged") as error:
        load_image(tmp_path / "half.jpg")
    one_sentence(error)
    with pytest.raises(HelpersError, match="is damaged"):
        to_array(Image.open(tmp_path / "half.jpg"))


# Arrays


def test_squash_is_pillows_bicubic_resize(network):
    expected = np.asarray(load_image("coffee").resize((224, 224), Image.Resampling.BICUBIC))
    for array in (to_array(load_image("coffee")), to_array(load_image("coffee"), network)):
        assert array.dtype == np.float32 and array.shape == (224, 224, 3)
        assert np.array_equal(array, expected)
    assert np.array_equal(to_array(np.asarray(load_image("coffee"))), expected)


def test_crop_keeps_the_shape_of_things_and_squash_does_not():
    """A disc in a wide picture stays round when cropped, and becomes an ellipse when squashed."""
    y, x = np.mgrid[:200, :400]
    disc = np.where(np.hypot(y - 100, x - 200) < 60, 255, 0).astype(np.uint8)
    image = Image.fromarray(np.repeat(disc[..., None], 3, -1))

    def aspect(fit):
        (rows, columns), *_ = ndimage.find_objects(
            (to_array(image, fit=fit)[..., 0] > 127).astype(int)
        )
        return (rows.stop - rows.start) / (columns.stop - columns.start)

    assert aspect("crop") == pytest.approx(1, abs=0.02)
    assert aspect("squash") == pytest.approx(2, abs=0.05)


def test_the_size_comes_from_the_model(small):
    assert to_array(NOISE, small).shape == (8, 8, 3)
    assert to_array(NOISE, small, fit="crop").shape == (8, 8, 3)


def net_of(channels, side=12):
    return keras.Sequential(
        [keras.Input((side, side, channels)), keras.layers.Flatten(), keras.layers.Dense(2)]
    )


def test_a_model_of_one_channel_gets_grey():
    model = net_of(1)
    found = to_array(NOISE, model)
    assert found.shape == (12, 12, 1) and found.dtype == np.float32
    small = NOISE.resize((12, 12), Image.Resampling.BICUBIC)
    assert np.abs(found[..., 0] - np.asarray(small) @ [0.299, 0.587, 0.114]).max() <= 2
    grey = NOISE.convert("L")
    for fit in ("squash", "crop"):
        array = to_array(np.asarray(grey)[..., None], model, fit)
        assert np.array_equal(array, to_array(grey, model, fit))
    assert make_prediction(found, model, top=1)[0] == int(np.argmax(model(found[None])))


@pytest.mark.parametrize("channels", [2, 4, 11])
def test_a_model_of_channels_that_no_picture_file_has(channels):
    with pytest.raises(HelpersError, match=rf"this model reads \(12, 12, {channels}\)") as error:
        to_array(NOISE, net_of(channels))
    one_sentence(error)


def test_a_model_of_any_size_gets_224():
    model = keras.Sequential([keras.Input((None, None, 3)), keras.layers.GlobalMaxPooling2D()])
    assert to_array(NOISE, model).shape == (224, 224, 3)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("chelsea",), "not str"),
        ((np.zeros((4, 4, 3)),), "uint8 of shape"),
        ((np.zeros((4, 4), np.uint8),), "uint8 of shape"),
        ((np.zeros((0, 4, 3), np.uint8),), "uint8 of shape"),
        ((NOISE, None, "stretch"), "fit is one of squash, crop"),
        ((NOISE, "resnet50"), "size from a model"),
    ],
)
def test_what_to_array_refuses(arguments, part):
    with pytest.raises(HelpersError, match=part) as error:
        to_array(*arguments)
    one_sentence(error)


def test_the_default_cache_is_the_users_own(monkeypatch, post, tmp_path):
    monkeypatch.delenv("HELPERS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("pooch.os_cache", lambda name: tmp_path / name)
    serve(post, "first")
    load_image("post/kitten")
    assert list((tmp_path / "machines-looking").iterdir())
    assert "HELPERS_CACHE" not in os.environ


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (0, 0)])
def test_a_picture_of_no_pixels(size):
    for use in (load_image, to_array):
        with pytest.raises(HelpersError, match="has no pixels") as error:
            use(Image.new("RGB", size))
        one_sentence(error)


def test_an_open_file_that_was_read_before_is_no_empty_file(tmp_path):
    Image.new("RGB", (4, 4)).save(tmp_path / "once.png")
    with (tmp_path / "once.png").open("rb") as file:
        assert load_image(file).size == (4, 4)
        with pytest.raises(HelpersError, match="read to its end before") as error:
            load_image(file)
        one_sentence(error)
        file.seek(0)
        assert load_image(file).size == (4, 4)
    (tmp_path / "empty.png").touch()
    with (tmp_path / "empty.png").open("rb") as file, pytest.raises(HelpersError, match="0 bytes"):
        load_image(file)


def test_a_path_in_the_readers_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    Image.new("RGB", (4, 4)).save(tmp_path / "mine.png")
    assert load_image("~/mine.png").size == (4, 4)


@pytest.mark.parametrize("address", ["file:///tmp/a.png", "data:image/png;base64,AA=", "s3://b/c"])
def test_addresses_of_other_kinds(address):
    with pytest.raises(HelpersError, match="starts with http:// or https://") as error:
        load_image(address)
    one_sentence(error)
