# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

set(PACKAGE_VERSION 6.4)
set(PACKAGE_VERSION_COMPATIBLE TRUE)
