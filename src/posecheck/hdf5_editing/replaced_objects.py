"""An object in the place of another: the same attributes, and the same link to it."""

from __future__ import annotations

import h5py
import numpy as np
from h5py import h5a, h5d, h5g, h5o, h5p

_MOVING = b".posecheck-moving"


def copy_attributes(old: h5d.DatasetID, new: h5d.DatasetID) -> None:
    """Give a new object all attributes of an old one, types and all, in their order."""
    for index in range(h5a.get_num_attrs(old)):
        attribute = h5a.open(
            old, index=index, index_type=_index_of_attributes(old), order=h5py.h5.ITER_INC
        )
        copied = h5a.create(new, attribute.name, attribute.get_type(), attribute.get_space())
        if attribute.shape is not None:
            values = np.empty(attribute.shape, dtype=attribute.dtype)
            attribute.read(values)
            copied.write(values)


def _index_of_attributes(handle: h5d.DatasetID) -> int:
    tracked = handle.get_create_plist().get_attr_creation_order() & h5p.CRT_ORDER_TRACKED
    return int(h5py.h5.INDEX_CRT_ORDER if tracked else h5py.h5.INDEX_NAME)


def replace_link(parent: h5g.GroupID, name: bytes, new: h5d.DatasetID) -> None:
    """Let a link lead to another object, and keep its encoding and its place among the others."""
    info = parent.links.get_info(name)
    creation = h5p.create(h5p.LINK_CREATE)
    creation.set_char_encoding(info.cset)
    later: list[tuple[int, bytes, int]] = []
    if info.corder_valid:
        for other in list(h5g.GroupID.__iter__(parent)):
            link = parent.links.get_info(other)
            if link.corder > info.corder:
                later.append((link.corder, other, link.cset))
    parent.unlink(name)
    h5o.link(new, parent, name, lcpl=creation)
    for _, other, cset in sorted(later):
        # A link that moves becomes the last; all that came after do, in their order.
        kept = h5p.create(h5p.LINK_CREATE)
        kept.set_char_encoding(cset)
        parent.links.move(other, parent, _MOVING, lcpl=kept)
        parent.links.move(_MOVING, parent, other, lcpl=kept)
