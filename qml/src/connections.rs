// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The model of the connections of a server.

use std::cell::{Cell, OnceCell, RefCell};
use std::pin::Pin;
use std::ptr;

use cxx_qt::CxxQtType as _;
use cxx_qt_lib::{
    QByteArray, QDateTime, QHash, QHashPair_i32_QByteArray, QList, QModelIndex, QString, QVariant,
};

#[cxx_qt::bridge(namespace = "qlocal")]
pub(crate) mod ffi {
    #[namespace = ""]
    unsafe extern "C++" {
        include!("cxx-qt-lib/core/qhash/qhash_i32_QByteArray.h");
        type QHash_i32_QByteArray = cxx_qt_lib::QHash<cxx_qt_lib::QHashPair_i32_QByteArray>;
        include!("cxx-qt-lib/core/qlist/qlist_i32.h");
        type QList_i32 = cxx_qt_lib::QList<i32>;
        include!("cxx-qt-lib/qmodelindex.h");
        type QModelIndex = cxx_qt_lib::QModelIndex;
        include!("cxx-qt-lib/qstring.h");
        type QString = cxx_qt_lib::QString;
        include!("cxx-qt-lib/qvariant.h");
        type QVariant = cxx_qt_lib::QVariant;

        include!(<QtCore/QAbstractListModel>);
        type QAbstractListModel;
        include!(<QtCore/QMetaMethod>);
        type QMetaMethod;
    }

    unsafe extern "C++" {
        include!("qlocal_qml/src/local_socket.cxxqt.h");
        type LocalSocket = crate::local_socket::ffi::LocalSocket;

        include!("qlocal_qml/connection.h");
        #[cxx_name = "toVariant"]
        fn to_variant(socket: &LocalSocket) -> QVariant;
        /// Null once the destructor of the class has run.
        unsafe fn living(socket: *mut LocalSocket) -> *mut LocalSocket;
        #[cxx_name = "bytesOf"]
        fn bytes_of(socket: &LocalSocket) -> u64;
        #[cxx_name = "processOf"]
        fn process_of(socket: &LocalSocket) -> i64;
        #[cxx_name = "processName"]
        fn process_name(process: i64) -> QString;
        #[cxx_name = "userOf"]
        fn user_of(socket: &LocalSocket) -> i64;
        #[cxx_name = "userName"]
        fn user_name(user: i64) -> QString;
        /// Has the model call `leave` when the connection has ended.
        fn watch(model: &LocalConnections, socket: &LocalSocket, id: u64);
        #[cxx_name = "dataChangedSignal"]
        fn data_changed_signal() -> &'static QMetaMethod;
    }

    #[auto_cxx_name]
    unsafe extern "RustQt" {
        /// The connections of a server, in the order in which they were accepted. Roles: `socket`;
        /// `name` and `pid` of the peer's process; the name of its `user`, or its number; the `bytes`
        /// received and sent; the time `since` when the connection exists.
        #[qobject]
        #[qml_element]
        #[qml_uncreatable]
        #[base = QAbstractListModel]
        #[qproperty(i32, count, READ = len, NOTIFY)]
        type LocalConnections = super::LocalConnectionsRust;

        fn len(self: &LocalConnections) -> i32;
        /// The socket in this row; null if there is no such row.
        #[qinvokable]
        fn socket_at(self: &LocalConnections, row: i32) -> *mut LocalSocket;
        fn leave(self: Pin<&mut LocalConnections>, id: u64);
        fn clear(self: Pin<&mut LocalConnections>);

        #[cxx_override]
        fn row_count(self: &LocalConnections, parent: &QModelIndex) -> i32;
        #[cxx_override]
        fn data(self: &LocalConnections, index: &QModelIndex, role: i32) -> QVariant;
        #[cxx_override]
        fn role_names(self: &LocalConnections) -> QHash_i32_QByteArray;
    }

    #[auto_cxx_name]
    unsafe extern "RustQt" {
        #[inherit]
        fn begin_insert_rows(
            self: Pin<&mut LocalConnections>,
            parent: &QModelIndex,
            first: i32,
            last: i32,
        );
        #[inherit]
        fn end_insert_rows(self: Pin<&mut LocalConnections>);
        #[inherit]
        fn begin_remove_rows(
            self: Pin<&mut LocalConnections>,
            parent: &QModelIndex,
            first: i32,
            last: i32,
        );
        #[inherit]
        fn end_remove_rows(self: Pin<&mut LocalConnections>);
        #[inherit]
        fn index(
            self: &LocalConnections,
            row: i32,
            column: i32,
            parent: &QModelIndex,
        ) -> QModelIndex;
        #[inherit]
        fn is_signal_connected(self: &LocalConnections, signal: &QMetaMethod) -> bool;
        #[inherit]
        #[qsignal]
        fn data_changed(
            self: Pin<&mut LocalConnections>,
            top_left: &QModelIndex,
            bottom_right: &QModelIndex,
            roles: &QList_i32,
        );
    }
}

use ffi::{LocalConnections, LocalSocket};

/// `Qt::UserRole`, and those after it.
const ROLES: [(i32, &str); 6] = [
    (SOCKET, "socket"),
    (NAME, "name"),
    (PID, "pid"),
    (USER, "user"),
    (BYTES, "bytes"),
    (SINCE, "since"),
];
const SOCKET: i32 = 0x100;
const NAME: i32 = SOCKET + 1;
const PID: i32 = SOCKET + 2;
const USER: i32 = SOCKET + 3;
const BYTES: i32 = SOCKET + 4;
const SINCE: i32 = SOCKET + 5;

/// The rows.
#[derive(Default)]
pub struct LocalConnectionsRust {
    /// Sorted by id.
    rows: RefCell<Vec<Row>>,
    last_id: Cell<u64>,
}

struct Row {
    id: u64,
    /// The row is removed before the memory is free.
    socket: *mut LocalSocket,
    since: QDateTime,
    /// Those of the last announcement.
    bytes: Cell<u64>,
    // Of the peer, which is unknown when the connection has ended.
    process: i64,
    name: QString,
    user: i64,
    /// Looking it up may take long.
    user_name: OnceCell<QString>,
}

impl Row {
    /// # Safety
    ///
    /// The socket must be a valid object.
    unsafe fn new(id: u64, socket: *mut LocalSocket) -> Self {
        // SAFETY: the caller guarantees it.
        let peer = unsafe { &*socket };
        let process = ffi::process_of(peer);
        Self {
            id,
            socket,
            since: QDateTime::current_date_time(),
            bytes: Cell::new(0),
            process,
            name: ffi::process_name(process),
            user: ffi::user_of(peer),
            user_name: OnceCell::new(),
        }
    }

    /// Null while the socket is being destroyed.
    fn socket_pointer(&self) -> *mut LocalSocket {
        // SAFETY: the model removes the row when the socket is destroyed, see `watch`.
        unsafe { ffi::living(self.socket) }
    }

    fn socket(&self) -> Option<&LocalSocket> {
        // SAFETY: it is null or a valid object, and objects do not move in memory.
        unsafe { self.socket_pointer().as_ref() }
    }

    fn bytes(&self) -> u64 {
        self.socket().map_or(self.bytes.get(), ffi::bytes_of)
    }

    fn value(&self, role: i32) -> QVariant {
        match role {
            SOCKET => self.socket().map_or_else(QVariant::default, ffi::to_variant),
            NAME => QVariant::from(&self.name),
            PID => QVariant::from(&self.process),
            USER => self.user_name.get_or_init(|| ffi::user_name(self.user)).into(),
            BYTES => QVariant::from(&self.bytes()),
            SINCE => QVariant::from(&self.since),
            _ => QVariant::default(),
        }
    }
}

impl LocalConnections {
    pub(crate) fn len(&self) -> i32 {
        i32::try_from(self.rust().rows.borrow().len()).unwrap_or(i32::MAX)
    }

    fn socket_at(&self, row: i32) -> *mut LocalSocket {
        let rows = self.rust().rows.borrow();
        let found = usize::try_from(row).ok().and_then(|row| rows.get(row));
        found.map_or(ptr::null_mut(), Row::socket_pointer)
    }

    fn row_count(&self, parent: &QModelIndex) -> i32 {
        if parent.is_valid() {
            0
        } else {
            self.len()
        }
    }

    fn data(&self, index: &QModelIndex, role: i32) -> QVariant {
        let rows = self.rust().rows.borrow();
        let found = usize::try_from(index.row()).ok().and_then(|row| rows.get(row));
        found.map_or_else(QVariant::default, |row| row.value(role))
    }

    #[allow(clippy::unused_self, reason = "it overrides a method of QAbstractItemModel")]
    fn role_names(&self) -> QHash<QHashPair_i32_QByteArray> {
        let mut names = QHash::default();
        for (role, name) in ROLES {
            names.insert(role, QByteArray::from(name));
        }
        names
    }

    /// Appends a row, until the connection ends.
    ///
    /// # Safety
    ///
    /// The socket must be a valid object.
    pub(crate) unsafe fn add(mut self: Pin<&mut Self>, socket: *mut LocalSocket) {
        let id = self.rust().last_id.get() + 1;
        self.rust().last_id.set(id);
        // SAFETY: the caller guarantees that the socket exists.
        let row = unsafe { Row::new(id, socket) };
        // SAFETY: as above.
        ffi::watch(&self, unsafe { &*socket }, id);
        let end = self.len();
        self.as_mut().begin_insert_rows(&QModelIndex::default(), end, end);
        self.rust().rows.borrow_mut().push(row);
        self.as_mut().end_insert_rows();
        self.count_changed();
    }

    fn leave(mut self: Pin<&mut Self>, id: u64) {
        let found = self.rust().rows.borrow().binary_search_by_key(&id, |row| row.id);
        let Ok(row) = found else { return };
        let index = i32::try_from(row).unwrap_or(i32::MAX);
        self.as_mut().begin_remove_rows(&QModelIndex::default(), index, index);
        self.rust().rows.borrow_mut().retain(|row| row.id != id);
        self.as_mut().end_remove_rows();
        self.count_changed();
    }

    fn clear(mut self: Pin<&mut Self>) {
        let last = self.rust().rows.borrow().last().map(|row| row.id);
        while let Some((id, _)) = self.next_socket(0).filter(|(id, _)| Some(*id) <= last) {
            self.as_mut().leave(id);
        }
    }

    /// Whether any view shows the rows.
    pub(crate) fn is_viewed(&self) -> bool {
        self.is_signal_connected(ffi::data_changed_signal())
    }

    /// Announces the bytes of the rows that had traffic.
    pub(crate) fn refresh(mut self: Pin<&mut Self>) {
        let mut roles = QList::default();
        roles.append(BYTES);
        let mut next = 0;
        while let Some((first, last)) = self.next_changed(next) {
            let first = self.index(first, 0, &QModelIndex::default());
            next = last + 1;
            let last = self.index(last, 0, &QModelIndex::default());
            self.as_mut().data_changed(&first, &last, &roles);
        }
    }

    /// The first and last row of the next rows in sequence, from this one on, that had traffic.
    fn next_changed(&self, start: i32) -> Option<(i32, i32)> {
        let rows = self.rust().rows.borrow();
        let start = usize::try_from(start).ok()?;
        let had_traffic = |row: &Row| {
            let bytes = row.bytes();
            row.bytes.replace(bytes) != bytes
        };
        let first = start + rows.get(start..)?.iter().position(had_traffic)?;
        let more = rows[first + 1..].iter().take_while(|row| had_traffic(row)).count();
        Some((i32::try_from(first).ok()?, i32::try_from(first + more).ok()?))
    }

    /// Whether messages can be sent on all connections.
    pub(crate) fn are_all_framed(&self) -> bool {
        self.rust().rows.borrow().iter().filter_map(Row::socket).all(LocalSocket::is_framed)
    }

    /// Sends this on all connections, and returns by how many it was queued.
    pub(crate) fn send_all(self: Pin<&mut Self>, bytes: &QByteArray) -> i32 {
        let end = self.rust().last_id.get();
        let mut count = 0;
        let mut id = 0;
        // Handlers may close connections meanwhile.
        while let Some((next, socket)) = self.next_socket(id).filter(|(next, _)| *next <= end) {
            id = next;
            // SAFETY: as in `Row::socket`; no other reference to the object is in use.
            let socket = unsafe { Pin::new_unchecked(&mut *socket) };
            count += i32::from(socket.send(bytes));
        }
        count
    }

    /// The first row with a socket after that with this id.
    fn next_socket(&self, id: u64) -> Option<(u64, *mut LocalSocket)> {
        let rows = self.rust().rows.borrow();
        let mut rows = rows[rows.partition_point(|row| row.id <= id)..].iter();
        let row = rows.find(|row| row.socket().is_some())?;
        Some((row.id, row.socket))
    }
}
