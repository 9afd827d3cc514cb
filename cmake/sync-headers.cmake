# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

# Copies the headers below FROM that differ from those below TO, as files rather than links.

file(GLOB_RECURSE headers FOLLOW_SYMLINKS RELATIVE "${FROM}" "${FROM}/*")
foreach(header IN LISTS headers)
    file(REAL_PATH "${FROM}/${header}" source)
    configure_file("${source}" "${TO}/${header}" COPYONLY)
endforeach()
