"""Rendered scenes: every picture against its mask and record; broken files."""

import json
import shutil
from itertools import combinations

import numpy as np
import pytest
from scipy import ndimage
from toys import one_sentence

from helpers import HelpersError
from helpers.classes import class_index
from helpers.pictures import scenes
from helpers.pictures.scenes import load_scene, scene_names

# A picture may change a little away from an object whose shadow was kept: the denoiser looks at
# neighbours, and the lens spreads what is not in focus.
SPREAD, NOTICED = 12, 8
VIEWS = [(name, view) for name in scene_names() for view in load_scene(name).views]


def grown(mask, pixels):
    return ndimage.maximum_filter(mask, 2 * pixels + 1)


def changed(scene, variant):
    before, after = scene.pictures["all"].astype(int), scene.pictures[variant].astype(int)
    return np.abs(before - after).max(axis=2) > NOTICED


@pytest.fixture(params=VIEWS, ids=[f"{name}-{view}" for name, view in VIEWS])
def scene(request):
    return load_scene(*request.param)


@pytest.fixture(params=scene_names())
def hero(request):
    return load_scene(request.param)


OBJECTS = {
    "basketball": ["ball", "hoop", "board"],
    "can_opener": ["can", "opener"],
    "desk": ["keyboard", "mouse", "monitor", "mug"],
    "farmyard": ["hens", "rabbit"],
    "fruit": ["banana", "apple", "lemon", "orange"],
    "kitchen": ["pan", "teapot", "spoon", "spatula"],
}


def test_scenes_are_here():
    assert {name: list(load_scene(name).objects) for name in scene_names()} == OBJECTS


@pytest.mark.parametrize("name", ["can_opener", "desk", "farmyard", "fruit", "kitchen"])
def test_where_nothing_may_be_in_front_nothing_covers_anything(name):
    for view in load_scene(name).views:
        facts = load_scene(name, view).record["objects"]
        assert not any(one["covered_by"] for one in facts.values()), view


def test_pictures_and_masks_fit(scene):
    side = scene.record["size"]
    assert side == (448 if scene.view == "hero" else 256)
    allowed = {0, *(o["label"] for o in scene.scene_record["objects"].values())}
    for variant, picture in scene.pictures.items():
        labels = scene.labels(variant)
        assert picture.shape == (side, side, 3) and picture.dtype == np.uint8
        assert labels.shape == (side, side) and labels.dtype == np.uint8
        assert set(np.unique(labels).tolist()) <= allowed


def test_labels_are_of_what_is_shown(scene):
    for variant in scene.variants:
        hidden = scene.record["pictures"][variant]["hidden"]
        for name in scene.objects:
            assert scene.mask(name, variant).any() == (name not in hidden), variant


def test_each_object_is_removed_alone(scene):
    for name in scene.objects:
        assert scene.record["pictures"][f"no_{name}"]["hidden"] == [name]
        others = [other for other in scene.objects if other != name]
        for other in others:
            kept = scene.mask(other, f"no_{name}")
            assert not (scene.mask(other) & ~kept).any()


def test_no_object_covers_another_but_where_the_record_says_so(scene):
    for name, facts in scene.record["objects"].items():
        covered = sum(facts["covered_by"].values())
        assert facts["pixels"] == scene.mask(name).sum() == facts["pixels_alone"] - covered


def test_removing_a_covering_object_uncovers_what_the_record_says(hero):
    for name in hero.objects:
        alone = hero.mask(name, f"only_{name}")
        assert alone.sum() == hero.record["objects"][name]["pixels_alone"]
        assert not (hero.mask(name) & ~alone).any()


def test_a_removal_changes_the_picture_where_the_object_was(scene):
    for name in scene.objects:
        inside = changed(scene, f"no_{name}")[scene.mask(name)]
        assert inside.mean() > 0.3, name


def test_the_share_of_changed_pixels_elsewhere_is_in_the_record(scene):
    for variant, facts in scene.record["pictures"].items():
        if facts["changed_share_elsewhere"] is None:
            continue
        removed = np.isin(scene.labels(), [_label(scene, name) for name in facts["hidden"]])
        share = changed(scene, variant)[~grown(removed, 3)].mean()
        assert share == pytest.approx(facts["changed_share_elsewhere"], abs=1e-5)


def _label(scene, name):
    return scene.scene_record["objects"][name]["label"]


def test_with_the_shadow_kept_pixels_away_from_the_object_stay(hero):
    for name in hero.objects:
        away = ~grown(hero.mask(name), SPREAD)
        assert changed(hero, f"no_{name}_shadow_kept")[away].mean() < 1e-3, name


def test_with_the_shadow_gone_more_changes_than_with_the_shadow_kept(hero):
    facts = hero.record["pictures"]
    for name in hero.objects:
        gone = facts[f"no_{name}"]["changed_share_elsewhere"]
        assert gone >= facts[f"no_{name}_shadow_kept"]["changed_share_elsewhere"]


def test_the_ball_alone_on_black():
    scene = load_scene("basketball")
    outside = ~grown(scene.mask("ball", "ball_on_black"), SPREAD)
    assert scene.pictures["ball_on_black"][outside].max() <= 2


def test_every_view_has_its_pictures(scene):
    wanted = {"all", *(f"no_{name}" for name in scene.objects)}
    if scene.view == "hero":
        wanted |= {f"only_{name}" for name in scene.objects}
        wanted |= {f"no_{name}_shadow_kept" for name in scene.objects}
    assert wanted <= set(scene.variants) == set(scene.alt)


def subsets(scene):
    objects = list(scene.objects)
    return [gone for n in range(len(objects) + 1) for gone in combinations(objects, n)]


def test_the_hero_view_has_every_set_of_objects_removed(hero):
    names = [hero.variant_without(gone) for gone in subsets(hero)]
    assert len(set(names)) == 2 ** len(hero.objects)
    for gone, name in zip(subsets(hero), names):
        facts = hero.record["pictures"][name]
        assert facts["hidden"] == list(gone) and not facts["shadow_kept"]
        assert facts["changed_share_elsewhere"] is not None, "the place stays"


def test_a_set_of_objects_is_called_by_its_name_in_any_order():
    fruit, basketball = load_scene("fruit"), load_scene("basketball")
    assert fruit.variant_without([]) == "all"
    assert fruit.variant_without("apple") == fruit.variant_without({"apple"}) == "no_apple"
    assert fruit.variant_without(("orange", "banana", "orange")) == "no_banana_no_orange"
    assert fruit.variant_without(iter(fruit.objects)) == "empty"
    assert basketball.variant_without(["board", "ball"]) == "no_ball_no_board"


def test_an_object_alone_is_the_removal_of_all_the_others(hero):
    pictures = hero.record["pictures"]
    for name in hero.objects:
        others = [other for other in hero.objects if other != name]
        assert pictures[hero.variant_without(others)] == pictures[f"only_{name}"]


def test_far_from_objects_and_shadows_the_empty_place_is_as_before(hero):
    empty = hero.picture("empty").astype(int)
    untouched = np.ones(empty.shape[:2], bool)
    for name in hero.objects:
        untouched &= ~grown(changed(hero, f"no_{name}"), SPREAD)
    different = np.abs(hero.picture("all").astype(int) - empty).max(axis=2) > NOTICED
    assert untouched.mean() > 0.1 and different[untouched].mean() < 1e-3


def test_sets_of_objects_that_were_not_rendered_are_refused():
    drawn, farmyard = load_scene("fruit", "view_03"), load_scene("farmyard")
    assert [drawn.variant_without(gone) for gone in ([], ["lemon"])] == ["all", "no_lemon"]
    with pytest.raises(HelpersError) as error:
        drawn.variant_without(["lemon", "banana"])
    sentence = one_sentence(error)
    assert "without banana and lemon" in sentence
    assert sentence.endswith("is nothing, banana, apple, lemon, orange.")
    for wrong in (["hens", "fox"], "fox", [3], [["hens"]], 3, None):
        with pytest.raises(HelpersError) as error:
            farmyard.variant_without(wrong)
        one_sentence(error)


def test_drawn_views_have_a_seed_and_the_hero_is_chosen(hero):
    drawn = [load_scene(hero.name, view).record for view in hero.views if view != "hero"]
    seeds = [tuple(record["seed"]) for record in drawn]
    assert len(drawn) >= 12 and len(set(seeds)) == len(drawn)
    assert hero.record["chosen"] and not any(record["chosen"] for record in drawn)
    assert all(record["seed"][-1] == len(record["rejected"]) for record in drawn)


def test_records_name_licence_origin_and_known_classes(hero):
    record = hero.scene_record
    assert record["licence"] == "CC0-1.0" and record["blender"] == "5.0.1"
    assert record["command"] == f"python -m rendering {hero.name}"
    for target in filter(None, hero.objects.values()):
        assert class_index(target) >= 0


def test_alternative_texts_say_what_is_gone(hero):
    assert all(text.endswith(".") and "\n" not in text for text in hero.alt.values())
    assert "Removed" not in hero.alt["all"]
    assert all("Removed" in hero.alt[f"no_{name}"] for name in hero.objects)


def test_no_file_is_left_over_and_all_fit_the_budget():
    for name in scene_names():
        folder = scenes.SCENES / name
        views = [load_scene(name, view).record["pictures"] for view in load_scene(name).views]
        listed = {facts[key] for view in views for facts in view.values() for key in _FILES}
        found = {path.relative_to(folder).as_posix() for path in folder.rglob("*.*")}
        assert found == listed | {"scene.json"}
    total = sum(path.stat().st_size for path in scenes.SCENES.rglob("*.*"))
    assert total < 5e6 * len(scene_names())


_FILES = ("file", "mask")


def test_pictures_are_a_read_only_mapping_of_fresh_arrays():
    pictures = load_scene("can_opener").pictures
    assert "all" in pictures and "none" not in pictures and len(pictures) == len(list(pictures))
    first = pictures["all"]
    first[:] = 0
    assert pictures["all"].any()


def test_a_scene_says_what_it_is():
    assert repr(load_scene("can_opener")) == "Scene('can_opener', 'hero': can, opener)"


@pytest.mark.parametrize("name", ["cellar", "", "..", None, 3])
def test_unknown_scenes_are_refused(name):
    with pytest.raises(HelpersError) as error:
        load_scene(name)
    assert "can_opener" in one_sentence(error)


def test_unknown_views_variants_and_objects_are_refused():
    scene = load_scene("can_opener")
    for ask in (
        lambda: load_scene("can_opener", "view_99"),
        lambda: scene.pictures["no_spoon"],
        lambda: scene.mask("spoon"),
        lambda: scene.mask("can", "no_spoon"),
    ):
        with pytest.raises(HelpersError) as error:
            ask()
        one_sentence(error)


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """A small copy of one scene that a test may break."""
    source = scenes.SCENES / "can_opener"
    folder = tmp_path / "can_opener"
    folder.mkdir()
    shutil.copy(source / "scene.json", folder)
    shutil.copytree(source / "hero", folder / "hero")
    monkeypatch.setattr(scenes, "SCENES", tmp_path)
    return folder


def test_damaged_and_missing_pictures_are_refused(copied):
    picture, mask = copied / "hero" / "all.webp", copied / "hero" / "masks" / "all.png"
    picture.write_bytes(picture.read_bytes()[:500])
    mask.unlink()
    scene = load_scene("can_opener")
    for ask, file in ((scene.picture, "all.webp"), (scene.labels, "all.png")):
        with pytest.raises(HelpersError) as error:
            ask()
        assert file in one_sentence(error) and "git checkout" in str(error.value)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"objects": {}, "views": {"hero": {}}}'])
def test_damaged_records_are_refused(copied, text):
    (copied / "scene.json").write_text(text)
    with pytest.raises(HelpersError) as error:
        load_scene("can_opener")
    assert "scene.json is damaged" in one_sentence(error)


def test_a_record_without_a_checksum_is_refused(copied):
    record = json.loads((copied / "scene.json").read_text())
    del record["views"]["hero"]["pictures"]["all"]["sha256"]
    (copied / "scene.json").write_text(json.dumps(record))
    with pytest.raises(HelpersError, match="damaged"):
        load_scene("can_opener")


def test_a_missing_folder_is_said_to_be_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(scenes, "SCENES", tmp_path / "none")
    assert scene_names() == []
    with pytest.raises(HelpersError, match="data/scenes is missing"):
        load_scene("can_opener")
