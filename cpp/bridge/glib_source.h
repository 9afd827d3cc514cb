// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A source of a GLib main context, for threads whose event loop is GLib's.

#ifndef _QLOCAL_GLIB_SOURCE_H
#define _QLOCAL_GLIB_SOURCE_H

#include <memory>
#include <type_traits>

#include <dlfcn.h>

namespace _QLocal {

/// Takes part in each iteration of a GLib main context, whatever runs it: Qt, g_main_loop_run(), or
/// anything else.
///
/// Enabling or disabling a QSocketNotifier wakes the main context, with one system call each. A
/// source is asked in each iteration whether it is ready, which costs none. GLib is not linked: if
/// Qt uses it, it is loaded. The declarations below are those of its stable API.
class GlibSource
{
public:
    class Client
    {
    public:
        /// An iteration begins. Whether turn() is to be called in it.
        virtual bool prepareTurn() = 0;
        virtual void turn() = 0;

    protected:
        ~Client() = default;
    };

    /// Attaches to the main context of this thread's Qt event dispatcher, or returns nullptr if
    /// there is none.
    static std::unique_ptr<GlibSource> create(Client *client, bool isMainThread)
    {
        Glib glib;
        if (!glib.find())
            return nullptr;
        // Qt's main thread uses the default context, other threads their own.
        void *const context = isMainThread ? nullptr : glib.threadDefault();
        if (!context && !isMainThread)
            return nullptr;
        return std::unique_ptr<GlibSource>(new GlibSource(glib, context, client));
    }

    ~GlibSource()
    {
        m_glib.destroy(m_source);
        m_glib.unref(m_source);
    }

    GlibSource(const GlibSource &) = delete;
    GlibSource &operator=(const GlibSource &) = delete;

private:
    /// GSource, which is smaller than this buffer on every platform, and its members here.
    struct Source
    {
        void *opaque[16];
        Client *client;
    };

    /// GSourceFuncs.
    struct Functions
    {
        int (*prepare)(Source *, int *);
        int (*check)(Source *);
        int (*dispatch)(Source *, int (*)(void *), void *);
        void (*finalize)(Source *);
        void (*reserved[2])();
    };

    struct Glib
    {
        Source *(*create)(Functions *, unsigned) = nullptr;
        void (*setCanRecurse)(Source *, int) = nullptr;
        unsigned (*attach)(Source *, void *) = nullptr;
        void (*destroy)(Source *) = nullptr;
        void (*unref)(Source *) = nullptr;
        void *(*threadDefault)() = nullptr;

        /// Returns false if GLib is not loaded.
        bool find()
        {
            void *const library = dlopen("libglib-2.0.so.0", RTLD_LAZY | RTLD_NOLOAD);
            const auto find = [library](auto &function, const char *name) {
                function = reinterpret_cast<std::decay_t<decltype(function)>>(dlsym(library, name));
                return function != nullptr;
            };
            return library && find(create, "g_source_new")
                    && find(setCanRecurse, "g_source_set_can_recurse")
                    && find(attach, "g_source_attach") && find(destroy, "g_source_destroy")
                    && find(unref, "g_source_unref")
                    && find(threadDefault, "g_main_context_get_thread_default");
        }
    };

    GlibSource(const Glib &glib, void *context, Client *client) : m_glib(glib)
    {
        static Functions functions = {
            [](Source *source, int *timeout) {
                *timeout = -1;
                return int(source->client->prepareTurn());
            },
            // Events that become ready while the context waits are for the next iteration.
            nullptr,
            [](Source *source, int (*)(void *), void *) {
                source->client->turn();
                return 1;
            },
            nullptr,
            {},
        };
        m_source = m_glib.create(&functions, sizeof(Source));
        m_source->client = client;
        m_glib.setCanRecurse(m_source, 1);
        m_glib.attach(m_source, context);
    }

    const Glib m_glib;
    Source *m_source = nullptr;
};

} // namespace _QLocal

#endif // _QLOCAL_GLIB_SOURCE_H
