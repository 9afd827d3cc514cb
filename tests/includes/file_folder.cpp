// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The files behind the class headers, by their full names.

#include <QtNetwork/qlocalserver.h>
#include <QtNetwork/qlocalsocket.h>

#include "class_view.h"

CLASS_VIEW(fileFolder)
