/* SPDX-FileCopyrightText: 2026 The qlocal authors
   SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A C file in a target that links the drop-in compiles as it did before. */

int plainAnswer(void)
{
    int class = 42;
    return class;
}
