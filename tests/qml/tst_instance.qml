// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Within one process; tst_qml_instance.cpp has hand-overs between two.

import QtQml
import QtTest
import QLocal

TestCase {
    id: testCase
    name: "Instance"

    Component {
        id: instanceComponent
        LocalInstance {
            timeout: 50
        }
    }

    Component {
        id: fickleComponent
        LocalInstance {
            id: fickle
            onRoleChanged: fickle.active = false
        }
    }

    Component {
        id: restlessComponent
        LocalInstance {
            id: restless
            property int attempts: 0
            onActiveChanged: {
                if (!active && ++attempts < 5)
                    restless.active = true;
            }
        }
    }

    function uniqueName(): string {
        return "qlocal-qml-" + Date.now() + "-" + Math.random().toString(36).slice(2);
    }

    function newInstance(properties: var): LocalInstance {
        return createTemporaryObject(instanceComponent, testCase, properties) as LocalInstance;
    }

    function test_defaults() {
        const instance = newInstance({});
        verify(!instance.active);
        verify(!instance.primary);
        compare(instance.name, "");
        compare(instance.scope, LocalInstance.User);
        compare(instance.role, LocalInstance.NoRole);
        compare(instance.message, "");
        compare(instance.answerText, "");
        compare(instance.exitCode, 0);
        compare(instance.environmentVariables, []);
        compare(instance.answerTimeout, 30000);
        compare(instance.maxSecondaries, 64);
        compare(instance.path(), "");
        compare(instance.primaryProcess(), 0);
    }

    function test_activeBecomesPrimary() {
        const instance = newInstance({ name: uniqueName() });
        const roles = [];
        instance.roleChanged.connect(() => roles.push(instance.role));
        instance.active = true;
        verify(instance.primary);
        verify(instance.active);
        compare(roles, [LocalInstance.Primary]);
        verify(instance.path().includes(instance.name));
        verify(instance.primaryProcess() > 0);
    }

    function test_startMakesActive() {
        const instance = newInstance({ name: uniqueName() });
        verify(instance.start());
        verify(instance.active);
        verify(instance.primary);
    }

    function test_inactiveGivesUp() {
        const name = uniqueName();
        const instance = newInstance({ name: name, active: true });
        for (const end of [() => instance.active = false, () => instance.close()]) {
            end();
            verify(!instance.active);
            verify(!instance.primary);
            compare(instance.role, LocalInstance.NoRole);
            const next = newInstance({ name: name, active: true });
            verify(next.primary);
            next.close();
            verify(instance.start());
        }
    }

    function test_failureMakesInactive() {
        const instance = newInstance({ active: true });
        verify(!instance.active);
        compare(instance.role, LocalInstance.NoRole);
        compare(instance.error.kind, LocalError.InvalidName);
    }

    function test_handlersStartIsMadeLater() {
        const instance = createTemporaryObject(restlessComponent, testCase);
        instance.active = true;
        compare(instance.attempts, 1);
        tryCompare(instance, "attempts", 5);
        verify(!instance.active);
    }

    // The primary cannot answer while its thread waits for it.
    function test_busyPrimaryTimesOut() {
        const name = uniqueName();
        newInstance({ name: name, active: true });
        const second = newInstance({ name: name });
        verify(!second.start());
        verify(!second.active);
        compare(second.role, LocalInstance.NoRole);
        compare(second.error.kind, LocalError.TimedOut);
        verify(!second.handOver("text"));
        compare(second.error.kind, LocalError.TimedOut);
    }

    function test_claimHandsOverNothing() {
        const name = uniqueName();
        const first = newInstance({ name: name });
        verify(first.claim());
        verify(first.active);
        const second = newInstance({ name: name });
        verify(!second.claim());
        verify(!second.active);
        compare(second.role, LocalInstance.Secondary);
        first.close();
        verify(second.claim());
    }

    function test_handlerMayChangeActive() {
        const name = uniqueName();
        const fickle = createTemporaryObject(fickleComponent, testCase, { name: name }) as LocalInstance;
        fickle.active = true;
        verify(!fickle.active);
        verify(!fickle.primary);
        verify(newInstance({ name: name, active: true }).primary);
    }

    function test_handOverNeedsData() {
        const instance = newInstance({ name: uniqueName() });
        for (const value of [1, null, undefined, {}, []]) {
            let error = null;
            try {
                instance.handOver(value);
            } catch (e) {
                error = e;
            }
            verify(error instanceof TypeError, String(value));
        }
    }
}
