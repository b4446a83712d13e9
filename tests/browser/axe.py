"""axe-core, the accessibility checker: fetched from npm, by its SHA-256, and kept in the cache."""

import os
import tarfile

import pooch
import pytest

VERSION = "4.14.1"
ADDRESS = f"https://registry.npmjs.org/axe-core/-/axe-core-{VERSION}.tgz"
SHA256 = "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745"
CHECK = """async () => {
  const found = await axe.run({ include: [[".helpers-explorer"]] }, {
    resultTypes: ["violations"],
  });
  return found.violations.filter(({ impact }) => ["serious", "critical"].includes(impact)).map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
}"""


def source():
    """The checker's code; without the internet (and not kept) the test is skipped, and says so."""
    cache = os.environ.get("HELPERS_CACHE") or pooch.os_cache("machines-looking")
    try:
        archive = pooch.retrieve(ADDRESS, SHA256, path=cache, fname=f"axe-core-{VERSION}.tgz")
    except OSError as error:
        pytest.skip(f"axe-core could not be fetched from npm ({type(error).__name__})")
    with tarfile.open(archive) as opened:
        return opened.extractfile("package/axe.min.js").read().decode("utf-8")


def serious_findings(page):
    """What axe-core finds serious or critical in the explorers of a page."""
    page.evaluate(source())
    return page.evaluate(CHECK)
