// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include <cstdlib>

void classFails(unsigned long way);

int main(int, char **arguments)
{
    classFails(std::strtoul(arguments[1], nullptr, 10));
}
