// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The two classes as seen by one translation unit, to be compared with the others.
//
// Included last, after the spelling under test: it must not bring in either class itself.

#ifndef QLOCAL_TESTS_CLASS_VIEW_H
#define QLOCAL_TESTS_CLASS_VIEW_H

#include <cstddef>
#include <typeinfo>

struct Side
{
    std::size_t size = 0;
    const void *metaObject = nullptr;
    const char *className = nullptr;
    /// The mangled name, which carries the tag of this project's classes.
    const char *typeName = nullptr;
};

struct ClassView
{
    Side socket;
    Side server;
};

template<typename Class>
Side sideOf()
{
    return { sizeof(Class), &Class::staticMetaObject, Class::staticMetaObject.className(),
             typeid(Class).name() };
}

#define CLASS_VIEW(name)                                       \
  ClassView name()                                             \
  {                                                            \
    return { sideOf<QLocalSocket>(), sideOf<QLocalServer>() }; \
  }

#endif // QLOCAL_TESTS_CLASS_VIEW_H
