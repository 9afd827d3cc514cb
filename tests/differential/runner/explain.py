# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

"""Finds the row of COMPATIBILITY.md that explains a difference.

A predicate sees the shortest script and its first difference, and has to recognise the behaviour of both stock Qt and
qlocal. The predicates of `better`, `pieces` and `different` are tried in this order.
"""

import better  # noqa: F401
import pieces  # noqa: F401
import different  # noqa: F401
from explanation import EXPLANATIONS


def explain(script, found):
    """The row that explains the difference, or None."""
    views = [view for view in (found, beyond_calls(found)) if view]
    for row, predicate in EXPLANATIONS:
        if any(predicate(script, view) for view in views):
            return row
    return None


def beyond_calls(found):
    """The difference without the surrounding calls of virtual functions, or None if only those differ."""
    events, rests = [], []
    for event, rest in zip((found.stock, found.qlocal), found.after):
        first, *others = without_calls((event.text, *rest)) or ["nothing"]
        events.append(event._replace(text=first))
        rests.append(tuple(others))
    if events[0].text == events[1].text:
        return None
    before = tuple(without_calls(found.before))
    return found._replace(stock=events[0], qlocal=events[1], before=before, after=tuple(rests))


def without_calls(texts):
    return [text for text in texts if not text.startswith("> ")]
