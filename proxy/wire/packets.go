package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// First bytes of packets that end a command or a result set.
const (
	okHeader        = 0x00
	moreDataHeader  = 0x01 // AuthMoreData
	localFileHeader = 0xfb // LOCAL INFILE request in place of a column count; NULL in a text row
	eofHeader       = 0xfe
	errHeader       = 0xff
)

// OK is what an OK packet says ("OK_Packet").
type OK struct {
	Affected, LastInsertID uint64
	Status                 Status
	Warnings               uint16
	Info                   string
	Changes                []StateChange // for clients with CLIENT_SESSION_TRACK
}

// StateChange is a change of the session's state that a client hears of: a system variable, or with an empty Name the default
// database; or the state of a transaction, in eight characters.
type StateChange struct {
	Name, Value string
	Transaction bool
}

// WriteOK queues an OK packet.
func (c *Conn) WriteOK(ok OK) error { return c.writeOK(okHeader, ok) }

func (c *Conn) writeOK(header byte, ok OK) error {
	c.begin()
	c.w = append(c.w, header)
	c.w = appendLenenc(c.w, ok.Affected)
	c.w = appendLenenc(c.w, ok.LastInsertID)
	if !c.caps.Has(CLIENT_SESSION_TRACK) {
		c.w = binary.LittleEndian.AppendUint16(c.w, uint16(ok.Status))
		c.w = binary.LittleEndian.AppendUint16(c.w, ok.Warnings)
		c.w = append(c.w, ok.Info...) // string<EOF>
		return c.end()
	}
	if len(ok.Changes) > 0 {
		ok.Status |= SERVER_SESSION_STATE_CHANGED
	}
	c.w = binary.LittleEndian.AppendUint16(c.w, uint16(ok.Status))
	c.w = binary.LittleEndian.AppendUint16(c.w, ok.Warnings)
	if ok.Info != "" || len(ok.Changes) > 0 {
		c.w = appendLenencString(c.w, ok.Info)
	}
	if len(ok.Changes) > 0 {
		c.w = appendLenencString(c.w, appendChanges(nil, ok.Changes))
	}
	return c.end()
}

// appendChanges appends "Session State Information": for each change its type (0 = variable, 1 = schema, 5 = transaction), the length of the
// rest, and name and value, each with its length.
func appendChanges(b []byte, changes []StateChange) []byte {
	for _, ch := range changes {
		var kind byte = 1
		var data []byte
		switch {
		case ch.Transaction:
			kind = 5
		case ch.Name != "":
			kind, data = 0, appendLenencString(nil, ch.Name)
		}
		b = appendLenencString(append(b, kind), appendLenencString(data, ch.Value))
	}
	return b
}

// WriteEOF queues the end of a result set's rows: an EOF packet, or an OK packet with the header 0xfe for a client with
// CLIENT_DEPRECATE_EOF.
func (c *Conn) WriteEOF(status Status, warnings uint16) error {
	if c.caps.Has(CLIENT_DEPRECATE_EOF) {
		return c.writeOK(eofHeader, OK{Status: status, Warnings: warnings})
	}
	return c.writePlainEOF(status, warnings)
}

// writePlainEOF writes EOF_Packet: 0xfe, 2 bytes warnings, 2 bytes status flags.
func (c *Conn) writePlainEOF(status Status, warnings uint16) error {
	c.begin()
	c.w = append(c.w, eofHeader)
	c.w = binary.LittleEndian.AppendUint16(c.w, warnings)
	c.w = binary.LittleEndian.AppendUint16(c.w, uint16(status))
	return c.end()
}

// WriteDefinitionsEOF queues what follows column and parameter definitions: an EOF packet, or nothing with
// CLIENT_DEPRECATE_EOF.
func (c *Conn) WriteDefinitionsEOF(status Status, warnings uint16) error {
	if c.caps.Has(CLIENT_DEPRECATE_EOF) {
		return nil
	}
	return c.writePlainEOF(status, warnings)
}

// WriteERR queues an ERR packet ("ERR_Packet"): 0xff, 2 bytes number, '#', 5 bytes SQLSTATE, message.
func (c *Conn) WriteERR(number uint16, state, message string) error {
	c.begin()
	c.w = append(c.w, errHeader)
	c.w = binary.LittleEndian.AppendUint16(c.w, number)
	// Before the handshake response is read the client's flags are unknown; the server's greeting implied 4.1.
	if c.caps == 0 || c.caps.Has(CLIENT_PROTOCOL_41) {
		c.w = append(c.w, '#')
		c.w = append(c.w, (state + "HY000")[:5]...)
	}
	c.w = append(c.w, message...)
	return c.end()
}

// maxProgressInfo is how long a stage's name may be; MariaDB has room for 200 bytes in all.
const maxProgressInfo = 180

// WriteProgress queues a progress packet of MariaDB's, for clients with Login.Progress: an ERR packet with number 0xffff, then
// 1 byte number of strings (1), 1 byte stage and 1 byte stages, 3 bytes of thousandths of a percent, and a text with its
// length. It may stand before any packet of an answer. stage counts from 1.
func (c *Conn) WriteProgress(stage, stages int, percent float64, info string) error {
	if len(info) > maxProgressInfo {
		info = strings.ToValidUTF8(info[:maxProgressInfo], "")
	}
	thousandths := uint32(min(max(percent, 0), 100) * 1000)
	c.begin()
	c.w = append(c.w, errHeader, 0xff, 0xff, 1, byte(stage), byte(stages), byte(thousandths), byte(thousandths>>8), byte(thousandths>>16))
	c.w = appendLenencString(c.w, info)
	return c.end()
}

// ServerError is an ERR packet of a backend. WriteError passes it on unchanged.
type ServerError struct {
	Number  uint16
	State   string
	Message string
}

// Error is the server's message with its number and SQLSTATE.
func (e *ServerError) Error() string {
	return fmt.Sprintf("backend error %d (%s): %s", e.Number, e.State, e.Message)
}

// IsServerError reports whether err is a backend's own error, and returns it.
func IsServerError(err error) (*ServerError, bool) {
	var e *ServerError
	ok := errors.As(err, &e)
	return e, ok
}

// parseERR reads ERR_Packet. A message without SQLSTATE, as a server sends before the handshake, has HY000.
func parseERR(p []byte) *ServerError {
	r := reader{b: p}
	r.take(1)
	e := &ServerError{Number: r.uint16(), State: "HY000"}
	if len(r.b) >= 6 && r.b[0] == '#' {
		e.State = string(r.take(6)[1:])
	}
	e.Message = string(r.b)
	return e
}

// parseOK reads OK_Packet, with either header.
func parseOK(p []byte) (OK, bool) {
	r := reader{b: p}
	r.take(1)
	ok := OK{Affected: r.lenenc(), LastInsertID: r.lenenc(), Status: Status(r.uint16()), Warnings: r.uint16()}
	ok.Info = string(r.b)
	return ok, !r.bad
}

// parseEOF reads EOF_Packet.
func parseEOF(p []byte) (OK, bool) {
	r := reader{b: p}
	r.take(1)
	ok := OK{Warnings: r.uint16(), Status: Status(r.uint16())}
	return ok, !r.bad
}

// isEOF tells an EOF packet from a row that begins with a length of 9 bytes: it is shorter than 9 bytes.
func isEOF(p []byte) bool { return len(p) > 0 && len(p) < 9 && p[0] == eofHeader }
