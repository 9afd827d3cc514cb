// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

extern "C" void fail(unsigned long way);

void classFails(unsigned long way)
{
    fail(way);
}
