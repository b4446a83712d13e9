"""Time the methods against bare TensorFlow and other libraries: `make bench`.

Every task runs once to compile, then in rounds, one candidate after the other in the same
process, so that a busy moment of the machine hits them all. "bare" is the least that TensorFlow
can do the task with: a hand-written `tf.function` without checks, options or a progress bar, in
batches of our size. Peers take part if they are installed (`make peers`). Weights are random, which
times the same. Memory is what a new process holds of its own after one map, so that nobody else
can have it, and the most that it held.

    python tools/bench.py                                everything, some minutes
    python tools/bench.py --networks resnet50 --tasks grad_cam occlusion --rounds 3
"""

import argparse
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import bench_peers
import numpy as np
from scipy import ndimage

from helpers import display
from helpers.attribution.registry import METHODS, attribute
from helpers.backend import keras, tf
from helpers.models.loading import load_model
from helpers.models.scores import BATCH_SIZE
from helpers.models.wrapping import original_of, preprocess_of
from helpers.pictures.images import load_image, to_array

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "bench"
TARGET = 281
# The last spatial layer of each network.
FEATURES = {"efficientnet-lite0": "head_relu6", "resnet50": "conv5_block3_out"}
TASKS = (
    "one_map",
    "batch_of_16",
    "smoothgrad_50",
    "integrated_gradients_50",
    "grad_cam",
    "occlusion_32_16",
    "lime_200",
    "kernel_shap_200",
    "hsic_200",
    "blur_ig_50",
    "expected_gradients_50",
    "ablation_cam",
    "lrp",
)
OWN = ("bare", "ours")
QUICK_SECONDS = 3.0
FIRST_MAP = """
import time
start = time.perf_counter()
from helpers import compute_saliency_map, load_image, load_model, to_array
model = load_model({name!r}, weights="random")
compute_saliency_map(model, to_array(load_image("chelsea"), model), 281)
print(time.perf_counter() - start)
"""
MEMORY = """
import psutil
from helpers import attribute, load_image, load_model, to_array
model = load_model({name!r}, weights="random")
picture = to_array(load_image("chelsea"), model)
attribute(model, picture, 281, {method!r}, progress=False, **{options!r})
memory = psutil.Process().memory_full_info()
try:
    # Not getrusage, which counts the parent's peak as well.
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) * 1024
except FileNotFoundError:
    peak = getattr(memory, "peak_wset", memory.rss)
print(memory.uss / 2**20, peak / 2**20)
"""
Tasks = dict[str, Callable[[], object]]


def ours(model: keras.Model, picture: np.ndarray) -> Tasks:
    """The tasks with this package."""

    def run(method: str, **options) -> Callable:
        return lambda: attribute(model, picture, TARGET, method, progress=False, **options)

    sixteen = np.repeat(picture[None], 16, 0)
    return {
        "one_map": run("gradient"),
        "batch_of_16": lambda: attribute(model, sixteen, TARGET),
        "smoothgrad_50": run("smoothgrad", samples=50),
        "integrated_gradients_50": run("integrated_gradients", steps=50),
        "grad_cam": run("grad_cam"),
        "occlusion_32_16": run("occlusion", patch=32, stride=16),
        "lime_200": run("lime", samples=200),
        "kernel_shap_200": run("kernel_shap", samples=200),
        "hsic_200": run("hsic", samples=200),
        "blur_ig_50": run("blur_ig", steps=50),
        "expected_gradients_50": run("expected_gradients", baselines=sixteen, samples=50),
        "ablation_cam": run("ablation_cam"),
        "lrp": run("lrp"),
    }


def bare(model: keras.Model, picture: np.ndarray, features: str) -> Tasks:
    """The tasks in hand-written functions."""
    x = tf.constant(picture)
    sixteen = tf.repeat(x[None], 16, 0)
    gradient, noisy, path = bare_gradients(model)
    positions = tf.linspace(0.0, 1.0, 51)
    shares = tf.constant([0.5, *[1.0] * 49, 0.5]) / 50
    cam, hidden = bare_cam(model, features), bare_occlusion(model, picture)
    parts = [slice(start, start + BATCH_SIZE) for start in range(0, 51, BATCH_SIZE)]
    return {
        "one_map": lambda: gradient(x[None]).numpy(),
        "batch_of_16": lambda: gradient(sixteen).numpy(),
        "smoothgrad_50": lambda: sum(noisy(x).numpy() for _ in range(50 // BATCH_SIZE)) / 50,
        "integrated_gradients_50": lambda: (
            picture * sum(path(x, positions[part], shares[part]).numpy() for part in parts)
        ),
        "grad_cam": lambda: cam(x[None]).numpy(),
        "occlusion_32_16": hidden,
        **bare_regions(model, picture),
        **bare_paths(gradient, picture),
        "ablation_cam": bare_ablation(model, picture, features),
        # No less is known than a gradient, of which the rules take several.
        "lrp": lambda: gradient(x[None]).numpy(),
    }


def bare_gradients(model: keras.Model) -> tuple[Callable, Callable, Callable]:
    """Gradients of a batch; their sum over noisy copies; their weighted sum along a path."""
    batch = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)

    @tf.function(input_signature=[batch])
    def gradient(pixels):
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            score = model(pixels, training=False)[:, TARGET]
        return tape.gradient(score, pixels)

    @tf.function
    def noisy(x):
        deviation = 0.15 * (tf.reduce_max(x) - tf.reduce_min(x))
        return tf.reduce_sum(gradient(x + deviation * tf.random.normal((BATCH_SIZE, *x.shape))), 0)

    @tf.function(reduce_retracing=True)
    def path(x, positions, shares):
        return tf.tensordot(shares, gradient(positions[:, None, None, None] * x), 1)

    return gradient, noisy, path


def bare_cam(model: keras.Model, features: str) -> Callable:
    """Grad-CAM in the way of the Keras documentation, compiled."""
    original, preprocess = original_of(model), preprocess_of(model)
    both = keras.Model(original.inputs, [original.get_layer(features).output, original.output])

    @tf.function
    def cam(pixels):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(pixels)
            maps, logits = both(preprocess(pixels), training=False)
            score = logits[:, TARGET]
        weights = tf.reduce_mean(tape.gradient(score, maps), (1, 2), keepdims=True)
        coarse = tf.nn.relu(tf.reduce_sum(weights * maps, -1, keepdims=True))
        return tf.image.resize(coarse, pixels.shape[1:3])

    return cam


def bare_occlusion(model: keras.Model, picture: np.ndarray) -> Callable:
    """Only the scores of the 169 pictures, which are hidden inside of the graph."""
    corners = [(top, left) for top in range(0, 193, 16) for left in range(0, 193, 16)]
    shown = np.ones((len(corners), *picture.shape[:2], 1), np.float32)
    for mask, (top, left) in zip(shown, corners):
        mask[top : top + 32, left : left + 32] = 0
    x, mean = tf.constant(picture), tf.constant(picture.mean((0, 1)))
    masks = [tf.constant(shown[i : i + BATCH_SIZE]) for i in range(0, len(shown), BATCH_SIZE)]

    @tf.function(reduce_retracing=True)
    def scores(mask):
        return model(x * mask + mean * (1 - mask), training=False)[:, TARGET]

    return lambda: np.concatenate([scores(mask).numpy() for mask in masks])


def bare_regions(model: keras.Model, picture: np.ndarray) -> Tasks:
    """Only the scores of 200 pictures with half of 7 x 7 cells hidden, for all that draw such."""
    cells = np.random.default_rng(0).random((200, 7, 7, 1)) < 0.5
    shown = np.float32(cells.repeat(32, 1).repeat(32, 2))
    masks = [tf.constant(shown[i : i + BATCH_SIZE]) for i in range(0, 200, BATCH_SIZE)]
    x, mean = tf.constant(picture), tf.constant(picture.mean((0, 1)))

    @tf.function(reduce_retracing=True)
    def scores(mask):
        return model(x * mask + mean * (1 - mask), training=False)[:, TARGET]

    call = lambda: np.concatenate([scores(mask).numpy() for mask in masks])  # noqa: E731
    return dict.fromkeys(("lime_200", "kernel_shap_200", "hsic_200"), call)


def bare_paths(gradient: Callable, picture: np.ndarray) -> Tasks:
    """Only the gradients along the paths, and the 51 blurs."""
    parts = [slice(start, start + BATCH_SIZE) for start in range(0, 51, BATCH_SIZE)]
    sigmas = 50 * np.linspace(1, 0, 51) ** 2
    mixed = np.linspace(0, 1, 50, dtype=np.float32)[:, None, None, None] * picture

    def blurred():
        for part in parts:
            points = [
                ndimage.gaussian_filter(picture, sigma, axes=(0, 1)) for sigma in sigmas[part]
            ]
            gradient(np.stack(points)).numpy()

    return {
        "blur_ig_50": blurred,
        "expected_gradients_50": lambda: [gradient(mixed[part]).numpy() for part in parts[:-1]],
    }


def bare_ablation(model: keras.Model, picture: np.ndarray, features: str) -> Callable:
    """The part above the layer, once for each feature map that is set to 0."""
    original, layer = original_of(model), original_of(model).get_layer(features)
    below = keras.Model(original.inputs, layer.output)
    above = keras.Model(layer.output, original.output)
    pixels, depth = tf.constant(picture[None]), layer.output.shape[-1]

    @tf.function
    def maps():
        return below(preprocess_of(model)(pixels), training=False)

    @tf.function(reduce_retracing=True)
    def without(found, channels):
        kept = found * tf.one_hot(channels, depth, 0.0, 1.0)[:, None, None]
        return above(kept, training=False)[:, TARGET]

    def run():
        found = maps()
        parts = [tf.range(i, min(i + 64, depth)) for i in range(0, depth, 64)]
        return np.concatenate([without(found, part).numpy() for part in parts])

    return run


class Seconds(NamedTuple):
    """Seconds by the clock, and of work by all cores, which a busy machine shifts less."""

    clock: float
    work: float


class Measured(NamedTuple):
    """Medians over the rounds: of the seconds, and of their ratio to the bare function's."""

    seconds: Seconds
    ratio: Seconds


class Rounds(NamedTuple):
    """How often the bare functions and ours are timed, and how often the peers."""

    own: int
    peers: int


def measure(candidates: dict[str, Callable], rounds: Rounds) -> dict[str, Measured]:
    """Time the candidates, interleaved, after one call of each to compile."""
    for call in candidates.values():
        call()
    seconds: dict[str, list[Seconds]] = {name: [] for name in candidates}
    # More rounds where one is quick, because a busy moment shifts those most.
    repeats = max(1, round(QUICK_SECONDS / timed(candidates["bare"]).clock / rounds.own))
    for number in range(rounds.own * repeats):
        for name, call in candidates.items():
            if name in OWN or number < rounds.peers * repeats:
                seconds[name].append(timed(call))
    return {name: Measured(*medians(mine, seconds["bare"])) for name, mine in seconds.items()}


def medians(mine: list[Seconds], bare: list[Seconds]) -> tuple[Seconds, Seconds]:
    """Give the median seconds, and the median ratio to the bare function of the same round."""
    ratios = [[a / b for a, b in zip(*pair)] for pair in zip(mine, bare)]
    return tuple(Seconds(*map(statistics.median, zip(*rows))) for rows in (mine, ratios))


def timed(call: Callable) -> Seconds:
    """Time one call."""
    clock, work = time.perf_counter(), time.process_time()
    call()
    return Seconds(time.perf_counter() - clock, time.process_time() - work)


def measure_network(name: str, tasks: list[str], rounds: Rounds) -> dict[str, dict[str, Measured]]:
    """Give task -> candidate -> medians for one network."""
    model = load_model(name, weights="random")
    picture = to_array(load_image("chelsea"), model)
    candidates = {
        "bare": bare(model, picture, FEATURES[name]),
        "ours": ours(model, picture),
        **bench_peers.candidates(model, picture, TARGET, FEATURES[name]),
    }
    results = {}
    for task in tasks:
        able = {who: calls[task] for who, calls in candidates.items() if task in calls}
        results[task] = measure(able, rounds)
        shown = ", ".join(
            f"{who} {1000 * m.seconds.clock:.0f} ms" for who, m in results[task].items()
        )
        print(f"  {name}, {task}: {shown}", file=sys.stderr, flush=True)
    return results


def in_new_process(program: str, **values) -> list[float]:
    """Run a small program by itself, and give the numbers that it prints at the end."""
    command = [sys.executable, "-c", program.format(**values)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [float(word) for word in done.stdout.splitlines()[-1].split()]


def table(results: dict[str, dict[str, dict[str, Measured]]]) -> str:
    """Write the medians, by the clock and of work, and their ratios to the bare function."""
    lines = ["| network | task | who | ms | ratio to bare | ms of work | ratio |"]
    lines.append("|---|---|---|--:|--:|--:|--:|")
    for network, tasks in results.items():
        for task, times in tasks.items():
            for who, measured in times.items():
                columns = [f"{1000 * mine:.1f} | {ratio:.2f}" for mine, ratio in zip(*measured)]
                lines.append(f"| {network} | {task} | {who} | {' | '.join(columns)} |")
    return "\n".join(lines)


def first_maps(networks: list[str]) -> str:
    """Write the time to the first map of a new process."""
    lines = ["| network | first map in a new process, s |", "|---|--:|"]
    for name in networks:
        seconds = statistics.median(in_new_process(FIRST_MAP, name=name)[0] for _ in range(3))
        lines.append(f"| {name} | {seconds:.1f} |")
    return "\n".join(lines)


def memory_table(networks: list[str]) -> str:
    """Write what a new process holds of its own after one map by each method, and its peak."""
    asked = [(method, {}) for method in METHODS] + [("smoothgrad", {"samples": 500})]
    lines = ["| network | method | MB of its own afterwards | MB at most |", "|---|---|--:|--:|"]
    for name in networks:
        for method, options in asked:
            held, most = in_new_process(MEMORY, name=name, method=method, options=options)
            words = " ".join([method, *(f"{key}={value}" for key, value in options.items())])
            lines.append(f"| {name} | {words} | {held:.0f} | {most:.0f} |")
            print(lines[-1], file=sys.stderr, flush=True)
    return "\n".join(lines)


def plot(network: str, tasks: dict[str, dict[str, Measured]]) -> None:
    """Save the ratios to the bare function as a chart."""
    names = [f"{task}: {who}" for task, times in tasks.items() for who in times]
    ratios = [round(m.ratio.clock, 2) for times in tasks.values() for m in times.values()]
    figure = display.show_bars(
        names, ratios, label="time, as a multiple of the bare function", title=network
    )
    figure.savefig(FOLDER / f"{network}.png")


def main() -> None:
    """Measure, print the tables, and save them with the charts."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--networks", nargs="+", choices=FEATURES, default=list(FEATURES))
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--peer-rounds", type=int, help="fewer, because some of them take minutes")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--times-only", action="store_true", help="no start-up time, no memory")
    only.add_argument("--memory-only", action="store_true", help="memory by method, no times")
    given = parser.parse_args()
    if given.memory_only:
        print(memory_table(given.networks))
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    rounds = Rounds(given.rounds, given.peer_rounds or given.rounds)
    results = {name: measure_network(name, given.tasks, rounds) for name in given.networks}
    for name, tasks in results.items():
        plot(name, tasks)
    head = f"{platform.machine()}, Python {platform.python_version()}, TensorFlow {tf.__version__}"
    report = f"{head}, medians of {rounds.own} rounds (peers {rounds.peers})\n\n{table(results)}\n"
    if not given.times_only:
        report += f"\n{first_maps(given.networks)}\n\n{memory_table(given.networks)}\n"
    print(report)
    (FOLDER / "report.md").write_text(report, encoding="utf-8")
    print(f"Saved with charts in {FOLDER.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
