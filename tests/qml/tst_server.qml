// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQml
import QtTest
import QLocal

TestCase {
    id: testCase
    name: "Server"

    Component {
        id: serverComponent
        LocalServer {
            property var listened: []
            property int errors: 0
            onListeningChanged: listened.push(listening)
            onErrorChanged: ++errors
        }
    }

    Component {
        id: restlessComponent
        LocalServer {
            id: restless
            property int attempts: 0
            name: "a/b"
            active: true
            onErrorChanged: {
                if (++attempts < 5)
                    restless.name = attempts % 2 ? "a/c" : "a/b";
            }
        }
    }

    Component {
        id: limitedComponent
        LocalServer {
            active: true
            framing: LocalSocket.Lines
            delimiter: "\r\n"
            prefixSize: 2
            byteOrder: LocalSocket.LittleEndian
            readBufferSize: 1000
            writeLimit: 2000
            highWater: 300
            lowWater: 100
            maxMessageSize: 50
            maxDescriptors: 2
            slowPeerPolicy: LocalSocket.EndConnection
        }
    }

    Component {
        id: socketComponent
        LocalSocket {
            reconnect.enabled: false
        }
    }

    Component {
        id: boundComponent
        QtObject {
            id: bound
            property bool on: false
            property string first: "a"
            property LocalServer server: LocalServer {
                name: bound.first
                active: bound.on
            }
        }
    }

    function uniqueName(): string {
        return "qlocal-qml-" + Date.now() + "-" + Math.random().toString(36).slice(2);
    }

    function newServer(properties: var): var {
        return createTemporaryObject(serverComponent, testCase, properties);
    }

    function connects(name: string): bool {
        const socket = createTemporaryObject(socketComponent, testCase, { serverName: name }) as LocalSocket;
        socket.active = true;
        return socket.connected;
    }

    function test_initiallyInactive() {
        const server = newServer({});
        verify(!server.active);
        verify(!server.listening);
        compare(server.name, "");
        compare(server.fullName, "");
        compare(server.error.kind, LocalError.None);
    }

    function test_activeListens() {
        const name = uniqueName();
        const server = newServer({ name: name, active: true });
        verify(server.listening);
        verify(server.fullName.endsWith("/" + name));
        compare(server.fullServerName, server.fullName);
        compare(server.serverName, name);
        compare(server.listened, [true]);
        verify(connects(name));
    }

    function test_bindingsListen() {
        const name = uniqueName();
        const bound = createTemporaryObject(boundComponent, testCase, { first: name });
        verify(!bound.server.listening);
        bound.on = true;
        verify(bound.server.listening);
        bound.on = false;
        verify(!bound.server.listening);
    }

    function test_nameCompletesActive() {
        const server = newServer({ active: true });
        verify(!server.listening);
        compare(server.errors, 0);
        server.name = uniqueName();
        verify(server.listening);
    }

    function test_inactiveCloses() {
        const name = uniqueName();
        const server = newServer({ name: name, active: true });
        server.active = false;
        verify(!server.listening);
        compare(server.fullName, "");
        compare(server.name, name);
        compare(server.listened, [true, false]);
        verify(!connects(name));
    }

    function test_nameChangeMoves() {
        const one = uniqueName(), two = uniqueName();
        const server = newServer({ name: one, active: true });
        server.name = two;
        verify(server.listening);
        verify(server.fullName.endsWith(two));
        compare(server.listened, [true, true]);
        verify(!connects(one));
        verify(connects(two));
    }

    function test_emptyNameCloses() {
        const server = newServer({ name: uniqueName(), active: true });
        server.name = "";
        verify(!server.listening);
        verify(server.active);
    }

    function test_failureStaysWanted() {
        const server = newServer({ name: "a/b", active: true });
        verify(!server.listening);
        verify(server.active);
        compare(server.errors, 1);
        compare(server.error.kind, LocalError.InvalidName);
        compare(server.lastError.kind, LocalError.InvalidName);
        verify(server.errorString().length > 0);
        server.name = uniqueName();
        verify(server.listening);
    }

    function test_handlersNameIsTriedLater() {
        const server = createTemporaryObject(restlessComponent, testCase);
        compare(server.attempts, 1);
        tryCompare(server, "attempts", 5);
    }

    function test_nextNameReplacesHandlers() {
        const server = createTemporaryObject(restlessComponent, testCase);
        server.name = "a/d";
        compare(server.attempts, 2);
        server.name = uniqueName();
        verify(server.listening);
        wait(0);
        verify(server.listening);
        compare(server.attempts, 2);
    }

    function test_activeTriesAgain() {
        const name = uniqueName();
        const other = newServer({ name: name, active: true, handsOver: false });
        const server = newServer({ name: name, active: true });
        verify(!server.listening);
        compare(server.error.kind, LocalError.AddressInUse);
        other.close();
        server.active = true;
        verify(server.listening);
    }

    function test_listenSetsName() {
        const name = uniqueName();
        const server = newServer({});
        verify(server.listen(name));
        compare(server.name, name);
        verify(server.active);
        server.active = false;
        server.active = true;
        verify(server.listening);
        verify(connects(name));
    }

    function test_failedListenStaysInactive() {
        const server = newServer({});
        verify(!server.listen("a/b"));
        verify(!server.active);
        compare(server.name, "");
        compare(server.errors, 1);
    }

    function test_closeEndsWanting() {
        const server = newServer({ name: uniqueName(), active: true });
        server.close();
        verify(!server.active);
        verify(!server.listening);
    }

    function test_randomNameIsKeptUntilNameChanges() {
        const server = newServer({});
        verify(server.listenOnRandomName());
        verify(server.active);
        compare(server.name, "");
        const path = server.fullName;
        verify(connects(path));
        server.name = uniqueName();
        verify(server.fullName.endsWith(server.name));
    }

    function test_noActivationNamesWithoutActivation() {
        const server = newServer({});
        compare(Array.from(server.activationNames()), []);
        verify(!server.listenActivated());
        verify(!server.listenActivated("web"));
        compare(server.errors, 2);
    }

    function test_removeServerRemovesFile() {
        const name = uniqueName();
        const server = newServer({ name: name, active: true });
        verify(server.removeServer(name));
        verify(!connects(name));
    }

    function test_accessOptionsAreKept() {
        const server = newServer({});
        compare(server.accessOptions, LocalServer.DefaultAccess);
        let changes = 0;
        server.accessOptionsChanged.connect(() => ++changes);
        server.accessOptions = LocalServer.UserAccess | LocalServer.GroupAccess;
        compare(server.accessOptions, LocalServer.UserAccess | LocalServer.GroupAccess);
        server.accessOptions = LocalServer.WorldAccess;
        compare(server.accessOptions, LocalServer.WorldAccess);
        compare(changes, 2);
    }

    function acceptedBy(server: LocalServer): LocalSocket {
        let accepted = null;
        server.newConnection.connect(socket => accepted = socket);
        verify(connects(server.fullName));
        tryVerify(() => accepted !== null);
        return accepted;
    }

    function test_limitsApplyToAcceptedSockets() {
        const server = createTemporaryObject(limitedComponent, testCase, { name: uniqueName() }) as LocalServer;
        const accepted = acceptedBy(server);
        compare(accepted.readBufferSize, 1000);
        compare(accepted.writeLimit, 2000);
        compare(accepted.highWater, 300);
        compare(accepted.lowWater, 100);
        compare(accepted.maxMessageSize, 50);
        compare(accepted.slowPeerPolicy, LocalSocket.EndConnection);
        compare(server.maxDescriptors, 2);
    }

    function test_framingAppliesToAcceptedSockets() {
        const server = createTemporaryObject(limitedComponent, testCase, { name: uniqueName() }) as LocalServer;
        compare(server.delimiter, "\r\n");
        const accepted = acceptedBy(server);
        compare(accepted.framing, LocalSocket.Lines);
        compare(accepted.prefixSize, 2);
        compare(accepted.byteOrder, LocalSocket.LittleEndian);
    }

    function test_badFramingIsRefused() {
        const server = newServer({});
        server.delimiter = "";
        compare(server.delimiter, "\n");
        compare(server.errors, 1);
        compare(server.error.kind, LocalError.InvalidFraming);
        server.prefixSize = 3;
        compare(server.prefixSize, 4);
        compare(server.errors, 2);
    }

    function test_acceptedSocketHasServersName() {
        const server = newServer({ name: uniqueName(), active: true });
        const accepted = acceptedBy(server);
        verify(accepted.connected);
        verify(accepted.active);
        compare(accepted.serverName, server.name);
    }

    function test_inactiveEndsAcceptedSocket() {
        let accepted = null;
        const server = newServer({ name: uniqueName(), active: true });
        server.newConnection.connect(socket => accepted = socket);
        const socket = createTemporaryObject(socketComponent, testCase, { serverName: server.name }) as LocalSocket;
        socket.active = true;
        tryVerify(() => accepted !== null);
        accepted.active = false;
        tryVerify(() => !socket.connected);
    }

    function test_countersAreAnnounced() {
        const server = newServer({ name: uniqueName(), active: true });
        const counts = [];
        server.countersChanged.connect(() => counts.push(server.counters.bytesReceived));
        server.newConnection.connect(socket => socket.textReceived.connect(() => {}));
        const socket = createTemporaryObject(socketComponent, testCase, { serverName: server.name }) as LocalSocket;
        socket.active = true;
        tryCompare(counts, "length", 1);
        compare(server.counters.accepted, 1);
        socket.sendText("12345");
        tryVerify(() => counts[counts.length - 1] === 5);
        socket.active = false;
        tryVerify(() => server.counters.open === 0);
    }

    function test_acceptsAfterTakingOver() {
        const name = uniqueName();
        const older = newServer({ name: name, active: true });
        let handedOver = 0;
        older.handedOver.connect(() => ++handedOver);
        const newer = newServer({ name: name, active: true });
        verify(newer.listening);
        tryVerify(() => handedOver === 1);
        verify(!older.listening);
        verify(!older.active);
        compare(older.listened, [true, false]);
        verify(connects(name));
        tryVerify(() => newer.counters.accepted === 1);
    }
}
