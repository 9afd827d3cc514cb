// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQuick
import QLocal

/// The server in one of the windows: it forwards messages, and keeps the history and the list of people.
///
/// Participants send
///     { type: "join", id, name }          the first message; the answer is "welcome"
///     { type: "say", key, text }          `key` is unique; sent again if its "message" has not come back
/// and receive
///     { type: "welcome", history, people }
///     { type: "message", key, author, name, text, at }
///     { type: "people", people }          [{ id, name, online, hosts }]
LocalServer {
    id: hub

    /// The participant in whose window this is.
    required property string host
    /// Those who have taken part so far, by their ids, and what they said: the next hub continues both.
    property var people: ({})
    property var history: []
    property var seats: ({})
    readonly property int historyLimit: 500

    framing: LocalSocket.Lines
    // A second window must join this hub, not replace it.
    handsOver: false
    takeOverTimeout: -1

    onNewConnection: socket => {
        let id = "";
        socket.jsonReceived.connect(value => {
            if (value?.type === "join" && id === "")
                id = hub.join(socket, value);
            else if (value?.type === "say" && id !== "")
                hub.say(id, value);
        });
        socket.disconnected.connect(() => hub.leave(id, socket));
    }

    function join(socket: LocalSocket, request: var): string {
        if (typeof request.id !== "string" || typeof request.name !== "string")
            return "";
        seats[request.id] = socket;
        people[request.id] = { id: request.id, name: request.name.trim().slice(0, 40) };
        socket.sendJson({ type: "welcome", history: history, people: present() });
        announce();
        return request.id;
    }

    function say(id: string, request: var) {
        if (typeof request.key !== "string" || typeof request.text !== "string")
            return;
        const known = history.find(message => message.key === request.key);
        const message = known ?? {
            key: request.key,
            author: id,
            name: people[id].name,
            text: request.text.slice(0, 4000),
            at: Date.now()
        };
        if (!known)
            history = [...history, message].slice(-historyLimit);
        broadcastJson(Object.assign({ type: "message" }, message));
    }

    function leave(id: string, socket: LocalSocket) {
        if (seats[id] !== socket)
            return;
        delete seats[id];
        announce();
    }

    function announce() {
        broadcastJson({ type: "people", people: present() });
    }

    function present(): var {
        return Object.values(people).map(person => ({
            id: person.id,
            name: person.name,
            online: person.id in seats,
            hosts: person.id === host
        }));
    }
}
