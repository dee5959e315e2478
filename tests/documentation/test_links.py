"""Links of the documents hold in a checkout, where nothing is generated."""

from __future__ import annotations

import os
from pathlib import PurePosixPath

import pytest
from tests.documentation.documents import anchors, documents, links, tracked_files

DOCUMENTS = documents()


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_links_lead_to_what_a_checkout_holds(document: PurePosixPath) -> None:
    files = tracked_files()
    present = files | {folder for path in files for folder in path.parents}
    for link in links(document):
        if link.startswith(("https://", "http://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = PurePosixPath(os.path.normpath(document.parent / path)) if path else document
        assert target in present, f"{document}: {link}"
        if anchor:
            assert anchor in anchors(target), f"{document}: {link}"


def test_there_are_links_to_look_at() -> None:
    assert {"README.md", "docs/index.md", "docs/how-to/upload.md"} <= set(map(str, DOCUMENTS))
    assert sum(len(links(document)) for document in DOCUMENTS) > 40


def test_every_page_is_listed_in_the_index() -> None:
    index = PurePosixPath("docs/index.md")
    listed = {PurePosixPath(os.path.normpath(index.parent / link)) for link in links(index)}
    pages = {path for path in DOCUMENTS if path.is_relative_to("docs")}
    assert pages - listed == {index}
