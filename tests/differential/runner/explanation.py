# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

"""The list of predicates for known differences, which `better`, `pieces` and `different` fill."""

EXPLANATIONS = []


def explains(row):
    """Adds a predicate for the row of COMPATIBILITY.md whose text about stock Qt begins so."""

    def register(predicate):
        EXPLANATIONS.append((row, predicate))
        return predicate

    return register
