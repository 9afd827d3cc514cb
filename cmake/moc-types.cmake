# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

# Gives Rust's numbers in FILE, moc's description of a header that cxx-qt has generated, the names that QML tools know.

file(READ "${FILE}" text)
string(REPLACE "::std::int32_t" "int" text "${text}")
string(REPLACE "::std::uint32_t" "uint" text "${text}")
string(REPLACE "::std::int64_t" "qlonglong" text "${text}")
string(REPLACE "::std::uint64_t" "qulonglong" text "${text}")
file(WRITE "${FILE}" "${text}")
