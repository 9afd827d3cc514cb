// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Keeps this code mapped, whatever plugin or library it was linked into.

#ifndef _QLOCAL_KEEP_LOADED_H
#define _QLOCAL_KEEP_LOADED_H

#include <QtCore/QtGlobal>

#include <dlfcn.h>
#include <sys/auxv.h>

// Each program, library and plugin has its own.
extern "C" __attribute__((visibility("hidden"))) void *__dso_handle;

namespace _QLocal {

/// Prevents the plugin or shared library that contains this code from being unmapped. Needed before
/// Qt is given pointers to code that outlives the sockets: the destructor of a QThreadStorage runs
/// when the thread ends, and slots of the event dispatcher run until then.
///
/// Revoking these pointers instead would need each thread to run code while the library is
/// unloaded.
inline void keepLoaded()
{
    static const bool isKept = [] {
        Dl_info self;
        Dl_info program;
        if (!dladdr(&__dso_handle, &self))
            return false;
        // The program itself is never unmapped.
        if (dladdr(reinterpret_cast<const void *>(getauxval(AT_PHDR)), &program)
            && self.dli_fbase == program.dli_fbase)
            return true;
        return dlopen(self.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE) != nullptr;
    }();
    Q_UNUSED(isKept)
}

} // namespace _QLocal

#endif // _QLOCAL_KEEP_LOADED_H
