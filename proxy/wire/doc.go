// Package wire speaks the MySQL protocol to both sides: it is the server of clients and the client of backends.
//
// Its main types are Conn (packets), Handshaker (the connection phase of a client), Backend and Pool (connections to a
// server), and Backend.Relay, which streams an answer from one to the other as bytes. It knows packets, not sessions: what a
// statement means, who may run it and which backend gets it is decided by package proxy and by the guard.
//
// The rule a caller must know: text reaches a backend in one way, Query and Prepare, and both take a guard.Statement only.
// A Conn and a Backend belong to one goroutine, or Task, at a time; what may be called from others says so. Nothing here panics
// on what a peer sends; nothing is allocated because a peer announced a length.
//
// A session over a plain socket is a Task on Linux: code that blocks, run by a loop which waits for all of their sockets
// (docs/design/0007-the-hot-road.md). What may block on anything else calls Task.Detach first.
//
// Connection phase (Handshaker.Accept):
//
//	client                                proxy
//	  |<---- Protocol::HandshakeV10 --------|  version, connection id, challenge, caching_sha2_password
//	  |----- Protocol::SSLRequest --------->|  optional; TLS follows
//	  |----- Protocol::HandshakeResponse41->|  user, response, database, plugin, attributes
//	  |<---- Protocol::AuthSwitchRequest ---|  when the user needs the other plugin
//	  |----- AuthSwitchResponse ----------->|
//	  |<---- AuthMoreData 0x03 -------------|  the fast path: a password seen since the last reload
//	  |<---- AuthMoreData 0x04 -------------|  or the full path:
//	  |----- 0x02 (public key, please) ---->|    without TLS
//	  |<---- AuthMoreData, PEM -------------|
//	  |----- password ---------------------->|    over TLS, a unix socket, or RSA-encrypted
//	  |<---- OK or ERR ---------------------|  by the caller
//
// Command phase (Conn.ReadCommand, Backend.Query or Execute, Backend.Relay):
//
//	client                    proxy                         backend
//	  |---- COM_QUERY -------->|                               |
//	  |                        |---- COM_QUERY, the guard's -->|
//	  |                        |<--- column count -------------|
//	  |<--- column count (+1) -|                               |
//	  |<--- definitions -------|<--- definitions --------------|
//	  |<--- summary's ---------|                               |  RelayOptions.Append
//	  |<--- EOF ---------------|<--- EOF ----------------------|  not for CLIENT_DEPRECATE_EOF clients
//	  |<--- rows --------------|<--- rows ---------------------|  as bytes; sequence ids rewritten
//	  |<--- EOF or OK, ERR ----|<--- EOF, ERR -----------------|  left for Conn.Flush
//
// What it does not do: compression, LOCAL INFILE, query attributes.
package wire
