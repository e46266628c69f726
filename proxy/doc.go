// Package proxy serves the MySQL protocol to clients: sessions, their variables and transactions, ASK and SHOW, KILL, and
// the road of every statement through the guard to a backend.
//
//	client          session                 guard         Asker (nl)      backend
//	  │ COM_QUERY      │                      │               │              │
//	  ├───────────────>│ front.Parse          │               │              │
//	  │                ├── ASK: Plan ─────────┼──────────────>│              │
//	  │                │                      │<── Check ─────┤              │
//	  │                │<─────────────────────┼── Statement ──┤              │
//	  │                ├── plain: Check ─────>│               │              │
//	  │                │<── Statement ────────┤               │              │
//	  │                ├── borrow, pin, Statement ────────────┼─────────────>│
//	  │<── rows, relayed as bytes, with a summary column for ASK ────────────┤
//
// Server is the main type. A caller must know that nothing here decides what may run: the text sent to a backend is always
// a guard.Statement, and a binding (user, profile, policy, pool) is asked for again whenever the Directory's generation
// changes, so that a reload or a dropped right binds live sessions at their next statement. The package knows no SQL beyond
// tokens, no model and no configuration file; those come in through Directory, Asker and Recorder.
//
// Source: MySQL Reference Manual and "Client/Server Protocol" of the MySQL source documentation.
package proxy
