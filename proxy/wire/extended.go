package wire

import (
	"bytes"
	"encoding/binary"
	"net"
)

// MariaDB's extended flags, which stand where MySQL has filler bytes. A server that has them does not set CLIENT_LONG_PASSWORD, which
// MariaDB calls CLIENT_MYSQL, and neither does a client that uses them.
const (
	MARIADB_CLIENT_PROGRESS          = 1 << 0
	MARIADB_CLIENT_EXTENDED_METADATA = 1 << 3
)

// extendedOffered is what a listener that announces a MariaDB offers of them.
const extendedOffered = MARIADB_CLIENT_PROGRESS | MARIADB_CLIENT_EXTENDED_METADATA

const (
	definitionTail = 13 // bytes that end a definition: 0x0c and 12 of fixed length
	extendedAt     = 28 // of the flags, in the payload of a handshake response
)

// extendedMetadata finds MariaDB's extended metadata of a column definition: a string with its length, between the names and the tail,
// where both sides have agreed on it. p[from:to] is empty in a definition without.
func extendedMetadata(p []byte) (from, to int, ok bool) {
	r := reader{b: p}
	for range 6 {
		r.lenencString()
	}
	from, to = len(p)-len(r.b), len(p)-definitionTail
	return from, to, !r.bad && from <= to
}

// WriteDefinition queues a column definition as a server sent it, in the form that the client has agreed on: MariaDB's
// extended metadata is taken out, or an empty one put in, where the two sides differ.
func (c *Conn) WriteDefinition(p []byte) error {
	from, to, ok := extendedMetadata(p)
	switch {
	case !ok:
		return garbage("a malformed column definition")
	case c.extended == (from < to):
		return c.WritePacket(p)
	}
	c.begin()
	c.w = append(c.w, p[:from]...)
	if c.extended {
		c.w = append(c.w, 0)
	}
	c.w = append(c.w, p[to:]...)
	return c.end()
}

// extender asks a MariaDB for its extended metadata while go-mysql logs in, which knows nothing of it: it reads the greeting that
// passes, and sets the flag in the packet that answers. The server may do as it likes: definitions tell by themselves. After these
// two packets it is a bare connection.
type extender struct {
	net.Conn
	greeting []byte // so far
	answered bool
	asked    bool
}

func (e *extender) Read(b []byte) (int, error) {
	n, err := e.Conn.Read(b)
	if !e.answered && len(e.greeting) < handshakeLimit {
		e.greeting = append(e.greeting, b[:n]...)
	}
	return n, err
}

// Write takes the first packet in one piece, as go-mysql writes packets.
func (e *extender) Write(b []byte) (int, error) {
	if !e.answered {
		if e.answered = true; offersExtended(e.greeting) && len(b) >= headerSize+extendedAt+4 {
			b, e.asked = bytes.Clone(b), true
			p := b[headerSize:]
			p[0] &^= byte(CLIENT_LONG_PASSWORD)
			binary.LittleEndian.PutUint32(p[extendedAt:], MARIADB_CLIENT_EXTENDED_METADATA)
		}
		e.greeting = nil
	}
	return e.Conn.Write(b)
}

// offersExtended reads a greeting ("Protocol::HandshakeV10", as Handshaker.greet writes it) for the flag.
func offersExtended(greeting []byte) bool {
	r := reader{b: greeting}
	r.take(headerSize)
	if r.byte() != 10 {
		return false
	}
	r.nulString()
	r.take(4 + 8 + 1)
	low := Capabilities(r.uint16())
	r.take(1 + 2 + 2 + 1 + 6)
	extended := r.uint32()
	return !r.bad && !low.Has(CLIENT_LONG_PASSWORD) && extended&MARIADB_CLIENT_EXTENDED_METADATA != 0
}
