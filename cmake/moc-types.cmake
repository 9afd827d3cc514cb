# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

# Gives numbers in FILE, moc's description of a header, the names that the QML tools of this version of QT know.

file(READ "${FILE}" text)
string(REPLACE "::std::int32_t" "int" text "${text}")
string(REPLACE "::std::uint32_t" "uint" text "${text}")
string(REPLACE "::std::int64_t" "qlonglong" text "${text}")
string(REPLACE "::std::uint64_t" "qulonglong" text "${text}")
if(QT VERSION_LESS 6.5)
    # They know only numbers of JavaScript.
    string(REGEX REPLACE "\"(uint|qint64|quint64|qlonglong|qulonglong)\"" "\"double\"" text "${text}")
    string(REPLACE "\"QList<uint>\"" "\"QList<double>\"" text "${text}")
endif()
file(WRITE "${FILE}" "${text}")
