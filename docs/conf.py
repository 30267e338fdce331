"""How Sphinx makes web pages of the Markdown of this repository: `make docs`.

The pages are the files as they stand, plain Markdown that GitHub shows too; the README is the first of them. The
navigation is what docs/README.md lists.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ROOT = Path(__file__).parents[1]

project = "pulumi-useapi"
extensions = ["myst_parser"]
root_doc = "README"
include_patterns = ["*.md", "docs/**.md", "examples/**.md"]
exclude_patterns = [".*", "build", "dist", "provider", "tests", "tools", "benchmarks"]
source_suffix = {".md": "markdown"}

nitpicky = True
smartquotes = False  # "--yes" is an option, and no dash
myst_heading_anchors = 4
suppress_warnings = ["myst.header"]  # a page of one section may begin with a deeper heading on GitHub

html_theme = "furo"
html_title = "pulumi-useapi"
html_static_path = ["style.css"]
html_css_files = ["style.css"]
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False

linkcheck_timeout = 15
linkcheck_retries = 2
linkcheck_workers = 8

_LINK = re.compile(r"(?<=\]\()([^)\s#]+)(?=[)#])")
_LONG_CODE = re.compile(r'(?<=<span class="pre">)[^<]{20,}(?=</span>)')
_SEAM = re.compile(r"(?<=[\w>;])(::|[_./:@])(?=\w)")
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_ENTRY = re.compile(r"^- \[(.+?)\]\((.+?)\.md\)", re.MULTILINE)


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", _prepare)
    app.connect("html-page-context", _let_long_names_break)
    app.connect("build-finished", _add_front_page)


def _prepare(_app: Sphinx, page: str, source: list[str]) -> None:
    text = _LINK.sub(lambda link: _page_of(page, link[1]), source[0])
    if page == root_doc:
        text += _navigation()
    elif page == "docs/README":
        text = f"---\norphan: true\n---\n{text}"
    elif page == "examples/README":
        text += _toctree(":glob:", ["*/README"])
    source[0] = text


def _page_of(page: str, target: str) -> str:
    """The README of a folder that a page links to: GitHub shows it with the folder."""
    folder = ROOT / PurePosixPath(page).parent / target
    return f"{target.rstrip('/')}/README.md" if folder.is_dir() else target


def _navigation() -> str:
    _, *parts = _SECTION.split((ROOT / "docs" / "README.md").read_text(encoding="utf-8"))
    sections = zip(parts[::2], parts[1::2], strict=True)
    return "".join(
        _toctree(f":caption: {caption}", [f"{title} <{_from_root(page)}>" for title, page in _ENTRY.findall(entries)])
        for caption, entries in sections
    )


def _from_root(page: str) -> str:
    name = os.path.normpath(PurePosixPath("docs", page))
    return "self" if name == root_doc else f"/{name}"


def _toctree(option: str, entries: list[str]) -> str:
    return "\n".join(["", "", "```{toctree}", ":hidden:", option, "", *entries, "```", ""])


def _let_long_names_break(_app: Sphinx, _page: str, _template: str, context: dict[str, Any], _tree: object) -> None:
    """Tell the browser where: a name in the middle of which a line ends is hard to read, a column as wide as it too."""
    if "body" in context:
        context["body"] = _LONG_CODE.sub(lambda found: _SEAM.sub(r"\1<wbr>", found[0]), context["body"])


def _add_front_page(app: Sphinx, failed: Exception | None) -> None:
    """Let a web server that is asked for the folder show the README."""
    if failed is None and app.builder.format == "html":
        shutil.copyfile(Path(app.outdir, f"{root_doc}.html"), Path(app.outdir, "index.html"))
