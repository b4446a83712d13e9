"""Class activation maps on feature maps that can be computed by hand."""

import threading

import numpy as np
import pytest
from toys import one_sentence

from helpers.attribution.registry import attribute
from helpers.backend import keras, tf
from helpers.errors import HelpersError
from helpers.models.wrapping import wrap_classifier

LAYERS = keras.layers
SIDE = 6
CAMS = ("grad_cam", "grad_cam_plus_plus", "layer_cam")
# Feature maps: red minus green, and blue; class scores: their means times WEIGHTS.
KERNEL = np.array([[1, 0], [-1, 0], [0, 1]], np.float32)[None, None]
WEIGHTS = np.array([[2, -1], [-1, 3]], np.float32)


def _top(x):
    return LAYERS.Dense(2, use_bias=False, name="scores")(LAYERS.GlobalAveragePooling2D()(x))


def functional():
    pixels = keras.Input((SIDE, SIDE, 3))
    scaled = LAYERS.Rescaling(1 / 255)(pixels)
    features = LAYERS.Conv2D(2, 1, use_bias=False, activation="relu", name="features")(scaled)
    return keras.Model(pixels, _top(features), name="functional")


def sequential():
    return keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 3)),
            LAYERS.Rescaling(1 / 255),
            LAYERS.Conv2D(2, 1, use_bias=False, name="features"),
            LAYERS.ReLU(name="relu"),
            LAYERS.GlobalAveragePooling2D(keepdims=True),
            LAYERS.Flatten(),
            LAYERS.Dense(2, use_bias=False),
        ]
    )


def nested():
    """Global pooling outside of the inner model."""
    inner = keras.Sequential([keras.Input((SIDE, SIDE, 3)), LAYERS.Rescaling(1 / 255)])
    inner.add(LAYERS.Conv2D(2, 1, use_bias=False, activation="relu", name="features"))
    pixels = keras.Input((SIDE, SIDE, 3))
    return keras.Model(pixels, _top(inner(pixels)), name="nested")


def nested_pooling():
    """Global pooling inside of the inner model, which is what many stumble over."""
    inner_pixels = keras.Input((SIDE, SIDE, 3))
    x = LAYERS.Conv2D(2, 1, use_bias=False, activation="relu", name="features")(inner_pixels)
    inner = keras.Model(inner_pixels, LAYERS.GlobalAveragePooling2D()(x))
    layers = [LAYERS.Rescaling(1 / 255), inner, LAYERS.Dense(2, use_bias=False)]
    return keras.Sequential([keras.Input((SIDE, SIDE, 3)), *layers])


def wrapped():
    pixels = keras.Input((SIDE, SIDE, 3))
    x = LAYERS.Conv2D(2, 1, use_bias=False, activation="relu", name="features")(pixels)
    x = LAYERS.GlobalAveragePooling2D()(x)
    model = keras.Model(pixels, LAYERS.Dense(2, use_bias=False, activation="softmax")(x))
    model.set_weights([KERNEL, WEIGHTS])
    return wrap_classifier(model, preprocess=lambda x: x / 255)


def build(kind):
    model = kind()
    model.set_weights([KERNEL, WEIGHTS])
    return model


KINDS = (functional, sequential, nested, nested_pooling, wrapped)


@pytest.fixture(scope="module")
def picture():
    return np.random.default_rng(2).uniform(0, 255, (SIDE, SIDE, 3)).astype(np.float32)


def features(picture):
    return np.maximum(picture / 255 @ KERNEL[0, 0], 0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("target", [0, 1])
def test_paper_answers(kind, target, picture):
    """The gradient is WEIGHTS / 36 at every place, so all sums are known."""
    model, maps = build(kind), features(picture)
    gradients = WEIGHTS[:, target] / SIDE**2
    expected = {
        "grad_cam": np.maximum(maps @ gradients, 0),
        "layer_cam": maps @ np.maximum(gradients, 0),
        "grad_cam_plus_plus": maps @ np.maximum(gradients, 0),
    }
    for method, wanted in expected.items():
        found, details = attribute(model, picture, target, method, details=True)
        np.testing.assert_allclose(found[..., 0], wanted, rtol=1e-4, atol=1e-6)
        assert details["score"] == pytest.approx(model(picture[None]).numpy()[0, target], rel=1e-4)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", CAMS)
def test_the_last_spatial_layer_is_found_and_can_be_named(kind, method, picture):
    model = build(kind)
    found = attribute(model, picture, 0, method)
    if kind is sequential:  # there the layer that is found is the ReLU behind it
        np.testing.assert_array_equal(attribute(model, picture, 0, method, layer="relu"), found)
        np.testing.assert_array_equal(attribute(model, picture, 0, method, layer=2), found)
    else:
        named = attribute(model, picture, 0, method, layer="features")
        np.testing.assert_array_equal(named, found)


@pytest.mark.parametrize("kind", [nested, nested_pooling])
def test_the_model_is_as_it_was(kind, picture):
    model = build(kind)
    before = model(picture[None]).numpy()
    attribute(model, picture, 0, "grad_cam")
    layers = [*model.layers, *(layer for m in model.layers for layer in getattr(m, "layers", []))]
    assert not any("call" in vars(layer) for layer in layers)
    np.testing.assert_array_equal(model(picture[None]).numpy(), before)


def strided():
    """Feature maps of 3 x 3 under a score that does not treat all places alike."""
    keras.utils.set_random_seed(6)
    pixels = keras.Input((SIDE, SIDE, 3))
    x = LAYERS.Conv2D(4, 3, strides=2, padding="same", activation="relu", name="features")(pixels)
    scores = LAYERS.Dense(3, activation=None)(LAYERS.Flatten()(LAYERS.Activation("tanh")(x / 255)))
    return keras.Model(pixels, scores)


def by_hand(model, picture, target):
    """Feature maps and gradients of the named layer, by a model split in two."""
    below = keras.Model(model.inputs, model.get_layer("features").output)
    above = keras.Model(model.get_layer("features").output, model.outputs)
    maps = tf.constant(below([picture[None]]))
    with tf.GradientTape() as tape:
        tape.watch(maps)
        score = above([maps])[0, target]
    return maps.numpy()[0], tape.gradient(score, maps).numpy()[0]


def test_formulas_where_gradients_differ_from_place_to_place(picture):
    model = strided()
    maps, gradients = by_hand(model, picture, 1)
    total = maps.sum((0, 1))
    alpha = gradients**2 / (2 * gradients**2 + gradients**3 * total)
    alpha /= alpha.sum((0, 1))
    expected = {
        "grad_cam": maps @ gradients.mean((0, 1)),
        "layer_cam": (maps * np.maximum(gradients, 0)).sum(-1),
        "grad_cam_plus_plus": maps @ (alpha * np.maximum(gradients, 0)).sum((0, 1)),
    }
    for method, coarse in expected.items():
        _, details = attribute(model, picture, 1, method, details=True, layer="features")
        found = details["coarse_map"][..., 0]
        np.testing.assert_allclose(found, np.maximum(coarse, 0), rtol=1e-3, atol=1e-8)


def test_maps_are_enlarged_bilinearly(picture):
    found, details = attribute(strided(), picture, 1, "layer_cam", details=True, layer="features")
    assert found.shape == (SIDE, SIDE, 1) and details["coarse_map"].shape == (3, 3, 1)
    rows = np.clip((np.arange(SIDE) + 0.5) / 2 - 0.5, 0, 2)
    coarse = details["coarse_map"][..., 0]
    across = np.stack([np.interp(rows, range(3), row) for row in coarse])
    expected = np.stack([np.interp(rows, range(3), column) for column in across.T]).T
    np.testing.assert_allclose(found[..., 0], expected, rtol=1e-4, atol=1e-9)


def test_guided_grad_cam_is_a_product(picture):
    model = build(functional)
    parts = [attribute(model, picture, 0, method) for method in ("guided_backprop", "grad_cam")]
    found = attribute(model, picture, 0, "guided_grad_cam")
    np.testing.assert_allclose(found, parts[0] * parts[1], rtol=1e-6)


def test_a_filter_is_explained_by_the_maps_up_to_its_layer(picture):
    model = build(functional)
    found = attribute(model, picture, 1, "grad_cam", layer_idx="features")
    np.testing.assert_allclose(found[..., 0], features(picture)[..., 1] / SIDE**2, rtol=1e-4)
    top = attribute(model, picture, 1, "grad_cam", layer_idx=-2)
    np.testing.assert_allclose(top, found, rtol=1e-4)


@pytest.mark.parametrize(
    ("layer", "says"),
    [
        ("nowhere", "There is no layer 'nowhere'"),
        ("scores", "no feature maps"),
        (-99, "There is no layer -99"),
        (1.5, "index or a layer's name"),
        ("rescaled", "no feature maps"),
    ],
)
def test_a_layer_without_feature_maps_is_refused(layer, says, picture):
    model = build(functional)
    model.layers[1].name = "rescaled"
    with pytest.raises(HelpersError) as error:
        attribute(model, picture, 0, "grad_cam", layer=layer)
    assert says in one_sentence(error)


def test_a_model_without_feature_maps_is_refused(linear, pictures):
    with pytest.raises(HelpersError) as error:
        attribute(linear[0], pictures[0], 0, "grad_cam")
    assert "no layer with spatial feature maps" in one_sentence(error)


def test_a_layer_above_the_score_is_refused(picture):
    model = strided()
    middle = model.layers[2].name
    with pytest.raises(HelpersError) as error:
        attribute(model, picture, 0, "grad_cam", layer_idx="features", layer=middle)
    assert "does not depend" in one_sentence(error)


# Networks of several parts


def score_of(*parts, weights=((2.0, -1.0), (0.5, 1.0))):
    """Give dense scores of parts (n, k) side by side."""
    joined = LAYERS.Concatenate()(list(parts)) if len(parts) > 1 else parts[0]
    dense = LAYERS.Dense(2, use_bias=False)
    scores = dense(joined)
    dense.set_weights([np.resize(np.float32(weights), (joined.shape[-1], 2))])
    return scores


def pooled(x):
    return LAYERS.GlobalAveragePooling2D()(x)


def branched(stem=False):
    keras.utils.set_random_seed(1)
    pixels = keras.Input((SIDE, SIDE, 3))
    x = LAYERS.Rescaling(1 / 255)(pixels)
    if stem:
        x = LAYERS.Conv2D(3, 2, activation="relu", name="stem")(x)
    left = LAYERS.Conv2D(3, 2, activation="relu", name="left")(x)
    right = LAYERS.Conv2D(2, 1, activation="relu", name="right")(x)
    return keras.Model(pixels, score_of(pooled(left), pooled(right)))


def halves():
    pixels = keras.Input((SIDE, SIDE, 3))
    shared = LAYERS.Conv2D(2, 1, activation="relu", name="shared")
    parts = [pooled(shared(pixels[:, :, :3])), pooled(shared(pixels[:, :, 3:]))]
    return keras.Model(pixels, score_of(*parts))


def ensemble():
    pixels = keras.Input((SIDE, SIDE, 3))
    nets = [functional(), functional()]
    for number, net in enumerate(nets):
        net.name, net.get_layer("features").name = f"net{number}", f"features{number}"
    return keras.Model(pixels, LAYERS.Average()([net(pixels) for net in nets]))


@pytest.mark.parametrize(("build", "name"), [(branched, "right"), (ensemble, "features1")])
@pytest.mark.parametrize("wrap", [False, True])
def test_a_part_is_not_shown_as_the_whole(picture, build, name, wrap):
    model = wrap_classifier(build()) if wrap else build()
    with pytest.raises(HelpersError) as error:
        attribute(model, picture, 0, "grad_cam")
    assert "branches" in one_sentence(error) and name in str(error.value)
    _, found = attribute(model, picture, 0, "grad_cam", layer=name, details=True)
    assert found["layer"] == name


def test_a_layer_that_sees_halves_is_refused(picture):
    model = halves()
    with pytest.raises(HelpersError, match="branches") as error:
        attribute(model, picture, 0, "grad_cam")
    one_sentence(error)
    with pytest.raises(HelpersError, match="shared") as error:
        attribute(model, picture, 0, "grad_cam", layer="shared")
    one_sentence(error)


def test_where_branches_meet_or_part_is_the_whole(picture):
    _, found = attribute(branched(stem=True), picture, 0, "grad_cam", details=True)
    assert found["layer"] == "stem"
    pixels = keras.Input((SIDE, SIDE, 3))
    features = LAYERS.Conv2D(4, 3, activation="relu", name="features")(pixels)
    gate = LAYERS.Conv2D(1, 1, activation="sigmoid", name="gate")(features)
    gated = keras.Model(pixels, score_of(pooled(LAYERS.Multiply(name="gated")([features, gate]))))
    both = [pooled(features), LAYERS.GlobalMaxPooling2D()(features)]
    for model, name in ((gated, "gated"), (keras.Model(pixels, score_of(*both)), "features")):
        found, details = attribute(model, picture, [0, 1], "grad_cam", details=True)
        assert list(details["layer"]) == [name, name]
        inside = keras.Model(model.inputs, [model.get_layer(name).output, model.output])
        for one, target in zip(details["coarse_map"], (0, 1)):
            with tf.GradientTape() as tape:
                maps, scores = inside(picture[None])
                score = scores[:, target]
            weights = tf.reduce_mean(tape.gradient(score, maps), (1, 2), keepdims=True)
            expected = tf.nn.relu(tf.reduce_sum(weights * maps, -1))[0]
            np.testing.assert_allclose(one[..., 0], expected, rtol=1e-4, atol=1e-6)


class Cast(keras.Layer):
    def call(self, x):
        return tf.cast(tf.cast(x, tf.uint8), tf.float32)


@pytest.mark.parametrize(
    "cut", [Cast(), LAYERS.Lambda(tf.stop_gradient), LAYERS.Resizing(SIDE, SIDE, "area")]
)
def test_no_gradient_to_the_pixels_is_needed(cut, picture):
    picture = np.rint(picture)
    model = functional()
    pixels = keras.Input((SIDE, SIDE, 3))
    behind = keras.Model(pixels, model(cut(pixels)))
    for method in CAMS:
        expected = attribute(model, picture, 0, method)
        np.testing.assert_allclose(
            attribute(behind, picture, 0, method), expected, rtol=1e-4, atol=1e-6
        )
    for method in ("gradient", "guided_backprop", "integrated_gradients"):
        with pytest.raises(HelpersError, match="no gradient with respect to the pixels") as error:
            attribute(behind, picture, 0, method)
        one_sentence(error)
    assert attribute(behind, picture, 0, "occlusion", patch=2, stride=2).any()


def test_many_threads_at_once(picture):
    """The first use of each method traces the network; nobody notices the other."""
    for _ in range(4):
        model, found, start = nested(), {}, threading.Barrier(len(CAMS))

        def work(method, model=model, found=found, start=start):
            start.wait()
            found[method] = attribute(model, picture, 0, method)

        threads = [threading.Thread(target=work, args=(method,)) for method in CAMS]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {name: found[name].shape for name in CAMS} == dict.fromkeys(CAMS, (SIDE, SIDE, 1))
        model_maps = {method: attribute(model, picture, 0, method) for method in CAMS}
        for method in CAMS:
            np.testing.assert_array_equal(found[method], model_maps[method])


def weight_of(model, rank):
    weights = [w for w in model.weights if w.name == "kernel" and len(w.shape) == rank]
    return np.squeeze(weights[0].numpy()[0, 0] if rank == 4 else weights[0].numpy())


@pytest.mark.parametrize("build", [functional, nested, nested_pooling])
def test_ablation_before_global_pooling_has_a_closed_form(build, picture):
    """The fall of a score that is linear in the maps: the mean of the map times its weight."""
    model = build()
    _, details = attribute(model, picture, [0, 1], "ablation_cam", details=True)
    _, plain = attribute(model, picture, [0, 1], "grad_cam", details=True)
    assert list(details["layer"]) == list(plain["layer"])
    np.testing.assert_allclose(details["score"], plain["score"], rtol=1e-5)
    features = np.maximum((picture / 255) @ weight_of(model, 4), 0)
    for coarse, target in zip(details["coarse_map"], (0, 1)):
        falls = features.mean((0, 1)) * weight_of(model, 2)[:, target]
        expected = np.maximum(features @ falls, 0)
        np.testing.assert_allclose(coarse[..., 0], expected, rtol=1e-4, atol=1e-6)


def test_ablation_of_what_two_maps_say_together(picture):
    """A score that is the larger of two equal maps loses nothing when one of them goes."""
    pixels = keras.Input((SIDE, SIDE, 3))
    maps = LAYERS.Conv2D(2, 1, use_bias=False, kernel_initializer="ones", name="same")(pixels)
    best = keras.ops.max(LAYERS.GlobalAveragePooling2D()(maps), -1, keepdims=True)
    model = keras.Model(pixels, best)
    assert not attribute(model, picture, 0, "ablation_cam", layer="same").any()
    assert attribute(model, picture, 0, "grad_cam", layer="same").any()
