// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQml
import QtTest
import QLocal

TestCase {
    id: testCase
    name: "Keeping"

    Component {
        id: serverComponent
        LocalServer {
            nameKept: true
            handsOver: true
            takeOverTimeout: 1000
        }
    }

    Component {
        id: spyComponent
        SignalSpy {}
    }

    function newServer(): LocalServer {
        return createTemporaryObject(serverComponent, testCase) as LocalServer;
    }

    function test_namesAreHandedOverByDefault() {
        const server = createTemporaryQmlObject("import QLocal; LocalServer {}", testCase);
        verify(!server.nameKept);
        verify(server.handsOver);
        compare(server.takeOverTimeout, 1000);
    }

    function test_reloadedServerTakesOver() {
        const name = "qlocal-qml-" + Date.now() + "-" + Math.random().toString(36).slice(2);
        const older = newServer();
        verify(older.listen(name), older.lastError.text);
        const path = older.fullServerName;
        const spy = createTemporaryObject(spyComponent, testCase, {
            target: older,
            signalName: "handedOver"
        });
        const newer = newServer();
        verify(newer.listen(name), newer.lastError.text);
        compare(newer.fullServerName, path);
        compare(older.fullServerName, "");
        tryCompare(spy, "count", 1);
    }
}
