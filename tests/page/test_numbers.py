"""What the page computes in plain JavaScript, run by Node, beside what the notebooks compute."""

import base64
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps
from scipy import ndimage

from helpers.attribution.methods.perturbation import patch_corners, spread_drops
from helpers.backend import tf
from helpers.pictures import fill_picture, mask_region, put_mark

SOURCES = Path(__file__).resolve().parents[2] / "tools/page/src"
SIDE = 224
START = """
import {{readFileSync}} from 'node:fs';
{imports}
const input = JSON.parse(readFileSync(0, 'utf-8'));
const array = (text, kind) => {{
  const bytes = Buffer.from(text, 'base64');
  return new kind(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}};
const text = (values) => Buffer.from(Float32Array.from(values).buffer).toString('base64');
const output = (() => {{ {body} }})();
console.log(JSON.stringify(output));
"""


@pytest.fixture(scope="module")
def run():
    """Run JavaScript with the page's modules in Node: `run(names, module, body, **inputs)`."""
    if shutil.which("node") is None:
        pytest.skip("Node is not installed: the page's scripts cannot run")

    def call(module, names, body, **inputs):
        imports = f"import {{{names}}} from {json.dumps((SOURCES / module).as_uri())};"
        code = START.format(imports=imports, body=body)
        command = ["node", "--input-type=module", "--no-warnings", "-e", code]
        done = subprocess.run(command, input=json.dumps(inputs), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout)

    return call


def encoded(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def floats(text, *shape):
    return np.frombuffer(base64.b64decode(text), np.float32).reshape(shape)


@pytest.fixture
def noise(rng):
    return rng.uniform(0, 255, (SIDE, SIDE, 3)).astype(np.float32)


@pytest.mark.parametrize("size", [(1000, 333), (224, 500), (61, 90), (224, 224), (1, 7)], ids=str)
def test_resizing_is_pillow_s_to_the_last_bit(run, rng, size):
    width, height = size
    picture = rng.integers(0, 256, (height, width, 3), np.uint8)
    rgba = np.dstack([picture, np.full((height, width), 255, np.uint8)])
    found = run(
        "resize.js",
        "resized, middle",
        """
        const rgba = array(input.rgba, Uint8Array);
        const line = 4 * input.width;
        const strip = (top, rows) => rgba.subarray(top * line, (top + rows) * line);
        const make = (part) => text(resized(strip, input.width, input.height, 224, part));
        return [make(undefined), make(middle(input.width, input.height))];
        """,
        rgba=encoded(rgba),
        width=width,
        height=height,
    )
    image = Image.fromarray(picture)
    squeezed = image.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    middle = ImageOps.fit(image, (SIDE, SIDE), Image.Resampling.BICUBIC)
    for text, expected in zip(found, (squeezed, middle)):
        np.testing.assert_array_equal(floats(text, SIDE, SIDE, 3), np.asarray(expected))


def test_a_large_photo_is_read_in_strips(run, rng):
    picture = rng.integers(0, 256, (3000, 2600, 3), np.uint8)
    found = run(
        "resize.js",
        "resized",
        """
        const rgb = array(input.rgb, Uint8Array);
        const asked = [];
        const strip = (top, rows) => {
          asked.push(rows);
          const rgba = new Uint8Array(4 * rows * 2600);
          for (let n = 0; n < rows * 2600; n++) {
            for (let c = 0; c < 3; c++) rgba[4 * n + c] = rgb[3 * (top * 2600 + n) + c];
          }
          return rgba;
        };
        return [text(resized(strip, 2600, 3000, 224)), asked.length];
        """,
        rgb=encoded(picture),
    )
    expected = Image.fromarray(picture).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(floats(found[0], SIDE, SIDE, 3), np.asarray(expected))
    assert found[1] > 1


@pytest.mark.parametrize("sigma", [0.5, 5, 16])
def test_smoothing_is_that_of_the_notebooks(run, noise, sigma):
    plane = noise[..., 0]
    body = "return text(smooth(array(input.map, Float32Array), input.sigma));"
    found = run("maps.js", "smooth", body, map=encoded(plane), sigma=sigma)
    expected = ndimage.gaussian_filter(plane, sigma)
    np.testing.assert_allclose(floats(found, SIDE, SIDE), expected, rtol=1e-5)


@pytest.mark.parametrize("side", [7, 13])
def test_coarse_maps_are_enlarged_as_tensorflow_does(run, rng, side):
    coarse = rng.normal(size=(side, side)).astype(np.float32)
    body = "return text(enlarge({values: array(input.map, Float32Array), side: input.side}));"
    found = run("maps.js", "enlarge", body, map=encoded(coarse), side=side)
    expected = tf.image.resize(coarse[..., None], (SIDE, SIDE), "bilinear").numpy()[..., 0]
    np.testing.assert_allclose(floats(found, SIDE, SIDE), expected, atol=1e-5)


def test_occlusion_visits_the_notebooks_places_and_spreads_the_falls(run, rng):
    corners = run("maps.js", "patchCorners", "return patchCorners();")
    expected = patch_corners((SIDE, SIDE), 32, 16)
    assert sorted(map(tuple, corners)) == sorted(expected)
    drops = rng.normal(size=len(corners)).astype(np.float32)
    body = "return text(spreadDrops(patchCorners(), [...array(input.drops, Float32Array)]));"
    found = run("maps.js", "patchCorners, spreadDrops", body, drops=encoded(drops))
    spread = spread_drops(drops, corners, 32, (SIDE, SIDE))
    np.testing.assert_allclose(floats(found, SIDE, SIDE), spread, atol=1e-5)


@pytest.mark.parametrize("fill", ["black", "white", "mean", "blur"])
def test_boxes_are_filled_as_in_the_notebooks(run, noise, fill):
    found = run(
        "pictures.js",
        "filled, withBox",
        """
        const picture = array(input.picture, Float32Array);
        const box = {top: 30, left: 50, height: 60, width: 80};
        return text(withBox(picture, filled(picture, input.fill), box));
        """,
        picture=encoded(noise),
        fill=fill,
    )
    expected = mask_region(noise, (30, 50, 90, 130), fill)
    np.testing.assert_allclose(floats(found, SIDE, SIDE, 3), expected, atol=2e-3)
    assert not np.array_equal(expected, fill_picture(noise, fill))  # the rest stayed


def test_a_mark_is_laid_over_as_in_notebook_12(run, noise, rng):
    mark = rng.uniform(0, 1, (SIDE, SIDE)).astype(np.float32)
    body = "return text(withMark(array(input.p, Float32Array), array(input.m, Float32Array), 0.5));"
    found = run("pictures.js", "withMark", body, p=encoded(noise), m=encoded(mark))
    np.testing.assert_allclose(
        floats(found, SIDE, SIDE, 3), put_mark(noise, mark, (0, 0)), atol=1e-3
    )


def test_places_elsewhere_never_touch_the_box(run):
    body = "return elsewhere({top: 80, left: 20, height: 50, width: 70}, 24);"
    places = run("pictures.js", "elsewhere", body)
    assert len(places) == 24
    for place in places:
        apart_x = abs(place["left"] - 20) >= 70
        apart_y = abs(place["top"] - 80) >= 50
        assert apart_x or apart_y
        assert 0 <= place["left"] <= SIDE - 70
        assert 0 <= place["top"] <= SIDE - 50


def test_pooling_gives_its_gradient_to_the_first_of_equals(run, rng):
    """Few different values, so that most windows have several largest."""
    values = rng.integers(0, 3, (2, 9, 11, 5)).astype(np.float32)
    with tf.GradientTape() as tape:
        inputs = tf.constant(values)
        tape.watch(inputs)
        outputs = tf.nn.max_pool2d(inputs, 3, 2, "VALID")
    gradient = rng.normal(size=outputs.shape).astype(np.float32)
    expected = tape.gradient(outputs, inputs, output_gradients=tf.constant(gradient))
    found = run(
        "loops.js",
        "firstLargest, unpool",
        """
        const [gradient, x] = ["gradient", "x"].map((name) => array(input[name], Float32Array));
        const result = new Float32Array(x.length).fill(NaN);
        unpool(result, gradient, firstLargest(x, [2, 9, 11, 5]));
        return text(result);
        """,
        gradient=encoded(gradient),
        x=encoded(values),
    )
    np.testing.assert_allclose(floats(found, *values.shape), expected.numpy(), atol=1e-6)
