"""Layers by index and name, and the one that class activation maps are made of."""

import pytest
from toys import SIDE, one_sentence

from helpers.backend import keras
from helpers.errors import HelpersError
from helpers.models.layers import find_layer, flat_layers, spatial_layer
from helpers.models.wrapping import wrap_classifier

layers = keras.layers


def classifier(*end):
    start = [layers.Rescaling(1 / 255), layers.Conv2D(4, 3, name="first"), layers.ReLU(name="relu")]
    return keras.Sequential([keras.Input((SIDE, SIDE, 3)), *start, *end])


def scores_by_convolution():
    """A fully convolutional end: the maps of `scores` are class scores, place by place."""
    return classifier(
        layers.Conv2D(3, 1, name="scores"), layers.ReLU(), layers.GlobalAveragePooling2D()
    )


def scores_by_dense():
    return classifier(layers.MaxPooling2D(name="pool"), layers.Flatten(), layers.Dense(3))


def only_a_convolution():
    pixels = keras.Input((SIDE, SIDE, 3))
    maps = layers.Conv2D(3, 2, name="scores")(pixels)
    return keras.Model(pixels, layers.GlobalAveragePooling2D()(maps))


@pytest.mark.parametrize(
    ("model", "name"),
    [(scores_by_convolution, "relu"), (scores_by_dense, "pool"), (only_a_convolution, "scores")],
)
def test_the_last_spatial_layer_lies_below_the_layer_of_the_scores(model, name):
    model = model()
    assert spatial_layer(model).name == spatial_layer(wrap_classifier(model)).name == name


def test_of_a_nested_model_with_the_head_outside():
    pixels = keras.Input((SIDE, SIDE, 3))
    backbone = scores_by_dense()
    inner = keras.Model(backbone.inputs, backbone.get_layer("pool").output, name="backbone")
    model = keras.Model(pixels, layers.Dense(3)(layers.Flatten()(inner(pixels))))
    assert spatial_layer(model).name == "pool"
    assert spatial_layer(model, layer="first").name == "first"
    names = [layer.name for layer in flat_layers(model.layers)]
    assert names.index("first") < names.index("pool") and "backbone" not in names


def test_the_last_layer_can_be_named_where_it_is_a_model():
    """It has no maps and says so; it used to be taken for no layer at all."""
    inner = scores_by_dense()
    pixels = keras.Input((SIDE, SIDE, 3))
    model = keras.Model(pixels, inner(pixels))
    with pytest.raises(HelpersError, match="no feature maps") as error:
        spatial_layer(model, layer=inner.name)
    one_sentence(error)


def test_the_last_layer_stands_for_the_logits():
    model = scores_by_dense()
    assert find_layer(model, -1) is None and find_layer(model, model.layers[-1].name) is None
    assert find_layer(model, "first") is model.get_layer("first") is find_layer(model, 1)


class Backbone(keras.Model):
    """A subclassed model: no graph inside."""

    def __init__(self):
        super().__init__(name="backbone")
        self.first, self.second = layers.Conv2D(4, 3, name="c1"), layers.Conv2D(5, 3, name="c2")

    def call(self, x):
        return self.second(self.first(x))


def test_a_subclassed_backbone_is_a_layer_with_maps():
    pixels = keras.Input((SIDE, SIDE, 3))
    x = layers.GlobalAveragePooling2D()(Backbone()(layers.Rescaling(1 / 255)(pixels)))
    model = keras.Model(pixels, layers.Dense(3)(x))
    assert spatial_layer(model).name == spatial_layer(wrap_classifier(model)).name == "backbone"
    assert {"c1", "c2"} < {layer.name for layer in flat_layers(model.layers)}


def test_a_layer_inside_of_a_subclassed_model_is_told_to_lie_there():
    pixels = keras.Input((SIDE, SIDE, 3))
    x = layers.GlobalAveragePooling2D()(Backbone()(layers.Rescaling(1 / 255)(pixels)))
    model = keras.Model(pixels, layers.Dense(3)(x))
    with pytest.raises(HelpersError, match="'c1' lies inside of 'backbone', which has no") as error:
        spatial_layer(model, layer="c1")
    one_sentence(error)
    assert spatial_layer(model, layer="backbone").name == "backbone"


def test_the_name_that_a_map_gives_of_its_layer_can_be_given_back():
    """Also of an operation, which is no layer to Keras."""
    pixels = keras.Input((SIDE, SIDE, 3))
    x = keras.ops.relu(layers.Conv2D(4, 3, name="conv")(pixels))
    model = keras.Model(pixels, layers.Dense(3)(keras.ops.mean(x, (1, 2))))
    found = spatial_layer(model)
    assert found.name.startswith("relu") and spatial_layer(model, layer=found.name) is found


def of_two(first, second):
    pixels = keras.Input((SIDE, SIDE, 3))
    return keras.Model(pixels, layers.Average()([first(pixels), second(pixels)]), name="two")


def test_twins_in_an_ensemble_are_not_taken_for_one_another():
    model = of_two(only_a_convolution(), only_a_convolution())
    with pytest.raises(HelpersError, match="2 layers called 'scores'") as error:
        spatial_layer(model, layer="scores")
    one_sentence(error)
    with pytest.raises(HelpersError, match="no layer of them has a name of its own") as error:
        spatial_layer(model)
    one_sentence(error)


def test_only_layers_that_can_be_named_are_proposed():
    shared = layers.Conv2D(2, 1, name="shared")
    pixels = keras.Input((SIDE, SIDE, 3))
    parts = [
        shared(pixels[:, :, :4]),
        shared(pixels[:, :, 4:]),
        layers.ReLU(name="own")(pixels[:, 1:]),
    ]
    means = [layers.GlobalAveragePooling2D()(part) for part in parts]
    model = keras.Model(pixels, layers.Dense(3)(layers.Concatenate()(means)))
    with pytest.raises(HelpersError, match="branches: name one, as in layer='own'") as error:
        spatial_layer(model)
    assert "(there are own)" in one_sentence(error)
    assert spatial_layer(model, layer="own").name == "own"


def test_feature_maps_with_channels_first_are_not_mistaken():
    pixels = keras.Input((SIDE, SIDE, 3))
    x = layers.Permute((3, 1, 2))(pixels)
    x = layers.ReLU()(layers.Conv2D(4, 3, data_format="channels_first", name="first")(x))
    model = keras.Model(pixels, layers.Dense(3)(keras.ops.mean(x, (2, 3))))
    for layer in (None, "first", "re_lu"):
        with pytest.raises(HelpersError, match="'first' has its channels first") as error:
            spatial_layer(model, layer=layer)
        one_sentence(error)
