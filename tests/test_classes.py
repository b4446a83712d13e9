"""Class names: from our own table, by index, name or WordNet id."""

import subprocess
import sys
from types import MappingProxyType

import numpy as np
import pytest
from toys import one_sentence, small_classifier

from helpers import classes
from helpers.classes import class_index, class_names, class_table, imagenet_classes
from helpers.errors import HelpersError
from helpers.models.wrapping import wrap_classifier


def test_the_table_has_1000_classes_in_the_order_of_the_wordnet_ids():
    ids, names = zip(*imagenet_classes())
    assert len(ids) == 1000 and len(set(ids)) == 1000 and list(ids) == sorted(ids)
    assert len(set(names)) == 998  # crane and maillot occur twice
    assert names[281] == "tabby" and names[0] == "tench" and names[999] == "toilet_tissue"


def test_names_need_no_tensorflow():
    code = (
        "import sys, helpers; helpers.class_index('tabby'); assert 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "target",
    [281, np.int64(281), np.uint16(281), "tabby", "Tabby", " TABBY ", "n02123045"],
)
def test_a_class_by_index_name_or_wordnet_id(target):
    assert class_index(target) == 281


@pytest.mark.parametrize(
    "name", ["can_opener", "can opener", "Can Opener", "CAN-OPENER", "canopener", "n02951585"]
)
def test_spelling_variants(name):
    assert class_index(name) == 473


def test_every_name_but_the_ambiguous_ones_finds_its_own_index():
    for index, (wordnet_id, name) in enumerate(imagenet_classes()):
        assert class_index(wordnet_id) == index
        if name not in ("crane", "maillot"):
            assert class_index(name) == index


def test_only_the_case_tells_cardigan_from_cardigan():
    assert class_index("Cardigan") == 264 and class_index("cardigan") == 474


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("CARDIGAN", ("264 n02113186", "474 n02963159")),
        ("crane", ("134 n02012849", "517 n03126707")),
        ("Maillot", ("638 n03710637", "639 n03710721")),
    ],
)
def test_ambiguous_names_offer_both(name, choices):
    with pytest.raises(HelpersError) as error:
        class_index(name)
    assert all(choice in one_sentence(error) for choice in choices)


@pytest.mark.parametrize(
    ("wrong", "suggestion"),
    [("tabbi", "tabby"), ("can opner", "can_opener"), ("retriever", "golden_retriever")],
)
def test_did_you_mean(wrong, suggestion):
    with pytest.raises(HelpersError, match=f"did you mean.*{suggestion}") as error:
        class_index(wrong)
    one_sentence(error)


@pytest.mark.parametrize(
    ("wrong", "ending"),
    [
        ("cat", "did you mean tiger_cat, Persian_cat, Siamese_cat?"),
        ("cats", "did you mean tiger_cat, Persian_cat, Siamese_cat?"),
        ("Dog", "did you mean Maltese_dog, Greater_Swiss_Mountain_dog, Bernese_mountain_dog?"),
        ("car", "did you mean freight_car, passenger_car, sports_car?"),
        ("horse", "did you mean horse_cart, holster, hare?"),
        ("sheepd", "did you mean Old_English_sheepdog, Shetland_sheepdog, shield?"),
        ("tabbi", "did you mean tabby?"),
        ("zq", "`class_names(model)` lists those there are."),
        ("_", "`class_names(model)` lists those there are."),
    ],
)
def test_names_with_the_word_come_before_near_spellings(wrong, ending):
    with pytest.raises(HelpersError) as error:
        class_index(wrong)
    assert one_sentence(error).endswith(ending)


@pytest.mark.parametrize(
    ("wrong", "part"),
    [
        ("zzzzqqq", "class_names"),
        ("n99999999", "There is no class"),
        ("", "empty"),
        ("  ", "empty"),
        (1000, "0 to 999"),
        (-1, "0 to 999"),
        (True, "not by bool"),
        (np.bool_(True), "not by bool"),
        (281.0, "not by float"),
        (None, "not by NoneType"),
        (np.zeros((3, 3)), "not by ndarray"),
    ],
)
def test_what_is_no_class(wrong, part):
    with pytest.raises(HelpersError, match=part) as error:
        class_index(wrong)
    one_sentence(error)


def test_a_wrapped_model_has_the_readers_names():
    model = wrap_classifier(small_classifier(), class_names=["cat", "Big Dog", "cat"])
    assert class_names(model) == ["cat", "Big Dog", "cat"]
    assert class_index("big_dog", model) == 1
    assert class_table(model)[1] == ("", "Big Dog")
    with pytest.raises(HelpersError, match="choose 0 or 2"):
        class_index("cat", model)
    with pytest.raises(HelpersError, match="There is no class 'tabby'"):
        class_index("tabby", model)
    with pytest.raises(HelpersError, match="empty"):
        class_index("", model)


@pytest.mark.parametrize(
    "names",
    [
        {"cat": 2, "dog": 0, "hen": 1},
        {2: "cat", 0: "dog", 1: "hen"},
        {np.int64(2): "cat", np.int64(0): "dog", np.int64(1): "hen"},
        {"2": "cat", "0": "dog", "1": "hen"},
        MappingProxyType({"hen": np.int32(1), "dog": np.int32(0), "cat": np.int32(2)}),
        ["dog", "hen", "cat"],
        ("dog", "hen", "cat"),
        np.array(["dog", "hen", "cat"]),
        (name for name in ("dog", "hen", "cat")),
    ],
    ids=lambda names: type(names).__name__,
)
def test_names_come_in_the_order_of_their_indices(names):
    model = wrap_classifier(small_classifier(), class_names=names)
    assert class_names(model) == ["dog", "hen", "cat"]
    assert all(type(name) is str for name in class_names(model))
    assert class_index("cat", model) == 2


@pytest.mark.parametrize(
    ("names", "part"),
    [
        ({"cat", "dog", "hen"}, "a set does not say which"),
        (frozenset("abc"), "a frozenset does not say which"),
        ({"cat": 0, "dog": 1, "hen": 2}.keys(), "dict_keys does not say which"),
        ("abc", "a str does not say which"),
        (b"abc", "a bytes does not say which"),
        ({"cat": 1, "dog": 2, "hen": 3}, "each index from 0 to 2 once"),
        ({"cat": 0, "dog": 1, "hen": 1}, "each index from 0 to 2 once"),
        ({"cat": 0, "dog": 1}, "each index from 0 to 2 once"),
        ({"cat": 0, "dog": 1, "hen": True}, "each index from 0 to 2 once"),
        ({"cat": 0, "dog": 1, "hen": 2.0}, "each index from 0 to 2 once"),
        ({0: "cat", "0": "dog", 1: "hen", 2: "cow"}, "each index from 0 to 2 once"),
        ({}, "each index from 0 to 2 once"),
        ({0: "cat", 1: "dog", 2: None}, "needs 3 strings"),
        ({"0": ["n02123045", "tabby"], "1": ["n1", "a"], "2": ["n2", "b"]}, "needs 3 strings"),
        ({0: 1, 1: 2, 2: 0}, "needs 3 strings"),
        (np.array("cat"), "needs 3 strings, not 0"),
        ([b"cat", b"dog", b"hen"], "needs 3 strings"),
        (None.__class__, "needs 3 strings"),
    ],
    ids=str,
)
def test_names_of_no_order_or_number_are_refused(names, part):
    model = small_classifier()
    with pytest.raises(HelpersError, match=part) as error:
        wrap_classifier(model, class_names=names)
    one_sentence(error)


def test_a_model_without_names_counts_its_classes():
    model = small_classifier()
    assert class_names(model) == ["class 0", "class 1", "class 2"]
    assert class_index("class 2", model) == 2


def test_1000_outputs_mean_imagenet():
    assert class_names(small_classifier(1000)) == class_names()


@pytest.mark.parametrize("model", ["tabby", 5])
def test_class_names_of_no_model(model):
    with pytest.raises(HelpersError) as error:
        class_names(model)
    one_sentence(error)


def test_a_missing_table_says_how_to_get_it_back(monkeypatch, tmp_path):
    monkeypatch.setattr(classes, "DATA", tmp_path)
    with pytest.raises(HelpersError, match="git checkout"):
        imagenet_classes.__wrapped__()
