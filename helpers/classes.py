"""The 1000 ImageNet classes (ILSVRC-2012): index, WordNet id and name.

The table is our own file, `data/imagenet_classes.csv`, so that naming a class never
needs a download. A class can be given by index, by name or by WordNet id.
"""

import collections
import csv
import difflib
import functools
import weakref
from collections.abc import Mapping, Sequence, Set

from helpers.errors import HelpersError
from helpers.paths import DATA
from helpers.validation import is_whole

__all__ = [
    "class_index",
    "class_names",
    "class_words",
    "imagenet_classes",
    "register_class_names",
    "registered_class_names",
]

_readers_names: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


@functools.cache
def imagenet_classes() -> tuple[tuple[str, str], ...]:
    """Give (WordNet id, name) of each of the 1000 classes, in the order of the logits.

    Raises
    ------
    HelpersError
        When the table is missing.
    """
    path = DATA / "imagenet_classes.csv"
    if not path.is_file():
        raise HelpersError(
            f"The class table {path} is missing; restore it with `git checkout -- data`."
        )
    with path.open(encoding="utf-8", newline="") as file:
        return tuple((row["wordnet_id"], row["name"]) for row in csv.DictReader(file))


def class_table(model=None) -> tuple[tuple[str, str], ...]:
    """Give (WordNet id, name) for each logit of `model`; None means the ImageNet table.

    A wrapped model with names of its own has no WordNet ids: "" stands in their place. A
    model with another number of outputs than 1000 and no names gets "class 0", "class 1", ...
    """
    if model is None:
        return imagenet_classes()
    if not getattr(model, "output_shape", None):
        raise HelpersError(
            f"Class names belong to a built model, such as load_model() gives, not to {model!r}."
        )
    names = registered_class_names(model)
    if names is not None:
        return tuple(("", name) for name in names)
    count = model.output_shape[-1]
    if count == 1000:
        return imagenet_classes()
    return tuple(("", f"class {index}") for index in range(count))


def register_class_names(model, names: Sequence[str] | Mapping) -> None:
    """Remember the reader's names for the classes of `model`, one per logit.

    Parameters
    ----------
    model : keras.Model
        Tells the number of classes.
    names : sequence of str or mapping
        In the order of the logits; or a mapping name -> index (as `class_indices` of Keras'
        directory iterators) or index -> name, which is put into that order.

    Raises
    ------
    HelpersError
        When there are more or fewer names than logits, they are not all strings, their order
        is not said (a set, one string), or an index is missing.
    """
    count = model.output_shape[-1]
    names = _by_index(names, count) if isinstance(names, Mapping) else _listed(names)
    if len(names) != count or not all(isinstance(name, str) for name in names):
        raise HelpersError(
            f"The model has {count} classes, so class_names needs {count} strings, "
            f"not {len(names)} items."
        )
    _readers_names[_owner(model)] = tuple(map(str, names))


def registered_class_names(model) -> tuple[str, ...] | None:
    """Give the names that the reader gave to the classes of `model`, or None."""
    return _readers_names.get(_owner(model))


def _owner(model):
    """Give what names belong to: the layer that wraps the reader's model, or else the model.

    Another model that the reader makes of a wrapped one's ends has the layer, and the names.
    """
    last = (getattr(model, "layers", None) or [model])[-1]
    return last if getattr(last, "owns_class_names", False) else model


def _listed(names) -> list:
    if isinstance(names, (str, bytes, Set)):
        raise HelpersError(
            f"class_names is a list in the order of the model's outputs, or a mapping of name "
            f"and index: a {type(names).__name__} does not say which name belongs to which output."
        )
    try:
        return list(names)
    except TypeError:
        return []


def _by_index(names: Mapping, count: int) -> list:
    """Put a mapping name -> index or index -> name into the order of the indices."""
    indexed = all(is_whole(index) for index in names.values())
    pairs = zip(names.values(), names) if indexed else names.items()
    # The keys of a mapping that came from a JSON file are strings: {"0": "cat", "1": "dog"}.
    ordered = {int(key): name for key, name in pairs if is_whole(key) or str(key).isdecimal()}
    if sorted(ordered) != list(range(count)) or len(names) != count:
        raise HelpersError(
            f"The model has {count} classes, so the mapping class_names needs each index from 0 "
            f"to {count - 1} once, as name -> index or index -> name."
        )
    return [ordered[index] for index in range(count)]


def class_names(model=None) -> list[str]:
    """List the class names of a model in the order of its logits.

    Parameters
    ----------
    model : keras.Model, optional
        None gives the 1000 ImageNet names, in Keras' spelling ("tiger_cat").

    Returns
    -------
    list of str
        One name per logit.
    """
    return [name for _, name in class_table(model)]


def class_words(model=None) -> list[str]:
    """List the classes of a model so that no two are written alike, to choose from.

    Parameters
    ----------
    model : keras.Model, optional
        None means ImageNet.

    Returns
    -------
    list of str
        The name with spaces for underscores, and where two classes share it the index too
        ("crane (134)"); in the order of the logits. `class_index` understands each of them.
    """
    names = [name.replace("_", " ") for name in class_names(model)]
    counts = collections.Counter(names)
    return [name if counts[name] == 1 else f"{name} ({index})" for index, name in enumerate(names)]


def class_index(target: int | str, model=None) -> int:
    """Find the index of a class given by index, name or WordNet id.

    Parameters
    ----------
    target : int or str
        An index (0 to n - 1), a name ("can opener", "Can_Opener"), a WordNet id ("n02951585")
        or what `class_words` writes. Case, spaces, hyphens and underscores do not matter in a
        name, unless they are all that tells two names apart ("Cardigan" the dog, "cardigan"
        the garment).
    model : keras.Model, optional
        The model whose classes are meant; None means ImageNet.

    Returns
    -------
    int
        The index of the class among the model's logits.

    Raises
    ------
    HelpersError
        For an index out of range, an unknown name (the nearest names are suggested), or a
        name that two classes share ("crane", "maillot").
    """
    table = class_table(model)
    if is_whole(target):
        return checked_index(int(target), len(table))
    if not isinstance(target, str):
        raise HelpersError(
            f"A class is given by index, name or WordNet id, not by {type(target).__name__}."
        )
    wanted = target.strip()
    if wanted in (words := class_words(model)):
        return words.index(wanted)
    if not wanted:
        raise HelpersError("The name of the class is empty; give an index, name or WordNet id.")
    # The exact spelling first: Cardigan is a dog, and cardigan is knitwear.
    matches = [index for index, names in enumerate(table) if wanted in names] or [
        index for index, (_, name) in enumerate(table) if _plain(name) == _plain(wanted)
    ]
    if len(matches) == 1:
        return matches[0]
    raise HelpersError(_ambiguous(target, matches, table) if matches else _unknown(target, table))


def checked_index(index: int, count: int, what: str = "class") -> int:
    """Return `index` if it lies in 0 .. count - 1, else raise a HelpersError."""
    if 0 <= index < count:
        return index
    raise HelpersError(
        f"There is no {what} {index}: give an index from 0 to {count - 1}"
        + (", or a name." if what == "class" else ".")
    )


def _words(name: str) -> str:
    return " ".join(name.lower().replace("_", " ").replace("-", " ").split())


def _plain(name: str) -> str:
    return _words(name).replace(" ", "")


def _ambiguous(target: str, matches: Sequence[int], table: Sequence[tuple[str, str]]) -> str:
    choices = " or ".join(f"{index} {table[index][0]}".strip() for index in matches)
    return f"{len(matches)} classes are called {target!r}: choose {choices}."


def _unknown(target: str, table: Sequence[tuple[str, str]]) -> str:
    near = _suggestions(target, [name for _, name in table])
    if not near:
        return f"There is no class {target!r}: `class_names(model)` lists those there are."
    return f"There is no class {target!r}; did you mean {', '.join(near)}?"


def _suggestions(target: str, names: Sequence[str], most: int = 3) -> list[str]:
    """Names that contain the word, those that end in it first; then near spellings."""
    wanted = _words(target)
    forms = {wanted, wanted.removesuffix("s")}
    kinship = {name: min(_kinship(form, _words(name)) for form in forms) for name in names}
    akin = sorted((name for name in kinship if kinship[name] < 3), key=kinship.get)
    spelt = {_plain(name): name for name in names}
    near = difflib.get_close_matches(_plain(target), spelt, n=most, cutoff=0.6)
    return list(dict.fromkeys([*akin, *(spelt[key] for key in near)]))[:most]


def _kinship(word: str, name: str) -> int:
    """Give 0 for a name that ends in the word, 1 if it has it elsewhere, 2 as a part, 3 not."""
    if f" {name}".endswith(f" {word}"):
        return 0
    if f" {word} " in f" {name} ":
        return 1
    return 2 if len(word) > 2 and word in name else 3
