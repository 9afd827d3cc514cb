// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQuick
import QLocal

/// A participant's side of the chat. The window that finds no hub becomes the hub; when it goes, the first of the others
/// that notices takes its place, and all come back.
QtObject {
    id: conversation

    required property string room
    /// Whether this window may become the hub.
    property bool mayHost: true
    property string name
    readonly property string me: Date.now().toString(36) + Math.random().toString(36).slice(2, 8)

    readonly property bool joined: name !== ""
    readonly property bool online: socket.status === LocalSocket.Connected
    /// The number of the attempt that is next; 0 while online.
    property int attempt: 0
    /// When the next attempt is due, in milliseconds since 1970; 0 while only the hub's appearance is awaited.
    property double due: 0
    /// [{ id, name, online, hosts }], online ones first.
    property var people: []
    readonly property string host: people.find(person => person.hosts && person.online)?.name ?? ""
    /// The newest is first.
    readonly property ListModel messages: ListModel {}

    /// What `messages` shows, the oldest first: { key, author, name, text, at, sent }. Notes have no author.
    property var log: []
    property int count: 0

    readonly property LocalSocket socket: LocalSocket {
        serverName: conversation.room
        framing: LocalSocket.Lines
        reconnect.initialInterval: 250
        reconnect.maximumInterval: 8000
        onReconnecting: (attempt, delay) => {
            conversation.attempt = attempt;
            conversation.due = delay < 0 ? 0 : Date.now() + delay;
            conversation.hostIfNoneDoes();
        }
        onConnected: {
            conversation.attempt = 0;
            sendJson({ type: "join", id: conversation.me, name: conversation.name });
        }
        onJsonReceived: value => {
            switch (value?.type) {
            case "welcome": return conversation.welcome(value.history, value.people);
            case "message": return conversation.receive(value);
            case "people": return conversation.meet(value.people);
            }
        }
    }
    readonly property Hub hub: Hub {
        host: conversation.me
    }

    function join(name: string) {
        conversation.name = name.trim();
        hostIfNoneDoes();
        socket.active = true;
    }

    function say(text: string) {
        const key = me + "-" + (++count);
        append({ key: key, author: me, name: name, text: text, at: Date.now(), sent: false });
        if (online)
            socket.sendJson({ type: "say", key: key, text: text });
    }

    function retry() {
        socket.active = false;
        socket.active = true;
    }

    function hostIfNoneDoes() {
        if (!mayHost || hub.listening)
            return;
        hub.history = log.filter(entry => entry.author !== "" && entry.sent).map(entry => ({
            key: entry.key,
            author: entry.author,
            name: entry.name,
            text: entry.text,
            at: entry.at
        })).slice(-hub.historyLimit);
        for (const person of people)
            hub.people[person.id] = { id: person.id, name: person.name };
        // Of several that try at once, one succeeds.
        hub.listen(room);
    }

    function welcome(history: var, people: var) {
        const host = conversation.host;
        const known = new Set(history.map(message => message.key));
        const others = log.filter(entry => !known.has(entry.key));
        log = history.map(message => Object.assign({ sent: true }, message)).concat(others).sort((a, b) => a.at - b.at);
        messages.clear();
        for (let i = 0; i < log.length; ++i)
            messages.insert(0, row(i));
        conversation.people = sorted(people);
        if (host !== "" && conversation.host !== host)
            note(qsTr("%1 hosts the chat now").arg(conversation.host));
        // The hub that was told may have ended before it passed them on.
        for (const entry of others) {
            if (entry.author === me)
                socket.sendJson({ type: "say", key: entry.key, text: entry.text });
        }
    }

    function receive(message: var) {
        const index = log.findIndex(entry => entry.key === message.key);
        if (index < 0)
            return append(Object.assign({ sent: true }, message));
        log[index].sent = true;
        messages.setProperty(log.length - 1 - index, "sent", true);
    }

    function meet(people: var) {
        for (const person of people) {
            const before = conversation.people.find(other => other.id === person.id);
            if (!before)
                note(qsTr("%1 joined").arg(person.name));
            else if (before.online && !person.online)
                note(qsTr("%1 left").arg(person.name));
        }
        conversation.people = sorted(people);
    }

    function note(text: string) {
        append({ key: "note-" + (++count), author: "", name: "", text: text, at: Date.now(), sent: true });
    }

    function append(entry: var) {
        log.push(entry);
        messages.insert(0, row(log.length - 1));
    }

    /// The roles of an entry; it starts a group if the one before it is someone else's, or old.
    function row(index: int): var {
        const entry = log[index];
        const before = log[index - 1];
        const day = at => new Date(at).toDateString();
        const startsDay = !before || day(before.at) !== day(entry.at);
        return {
            key: entry.key,
            author: entry.author,
            name: entry.name,
            content: entry.text,
            at: entry.at,
            sent: entry.sent,
            mine: entry.author === me,
            startsDay: startsDay,
            startsGroup: startsDay || before.author !== entry.author || entry.at - before.at > 5 * 60000
        };
    }

    function sorted(people: var): var {
        return people.slice().sort((a, b) => b.online - a.online || a.name.localeCompare(b.name));
    }
}
