package clients

import (
	"encoding/binary"
	"errors"
)

// Capability flags that change how packets are read; the names are the manual's.
const (
	clientConnectWithDB            = 1 << 3
	clientSSL                      = 1 << 11
	clientProtocol41               = 1 << 9
	clientPluginAuth               = 1 << 19
	clientLenencAuth               = 1 << 21
	clientSessionTrack             = 1 << 23
	clientDeprecateEOF             = 1 << 24
	clientOptionalMetadata         = 1 << 25
	clientQueryAttributes          = 1 << 27
	mariadbExtendedMetadata        = 1 << 35
	mariadbCacheMetadata           = 1 << 36
	statusMoreResults       uint16 = 1 << 3
	statusCursorExists      uint16 = 1 << 6
	statusLastRowSent       uint16 = 1 << 7
)

// utf8mb3 is the number of utf8mb3_general_ci, whose characters have three bytes at most.
const utf8mb3 = 33

// typeBlob is MYSQL_TYPE_BLOB, which TEXT is on the wire too.
const typeBlob = 252

// Commands; those that are not named are printed by number.
const (
	comQuit            = 0x01
	comInitDB          = 0x02
	comQuery           = 0x03
	comFieldList       = 0x04
	comStatistics      = 0x09
	comChangeUser      = 0x11
	comStmtPrepare     = 0x16
	comStmtExecute     = 0x17
	comStmtLongData    = 0x18
	comStmtClose       = 0x19
	comStmtFetch       = 0x1c
	comStmtBulkExecute = 0xfa
)

var commandNames = map[byte]string{
	comQuit: "COM_QUIT", comInitDB: "COM_INIT_DB", comQuery: "COM_QUERY", comFieldList: "COM_FIELD_LIST", comStatistics: "COM_STATISTICS",
	0x0c: "COM_PROCESS_KILL", 0x0e: "COM_PING", comChangeUser: "COM_CHANGE_USER", comStmtPrepare: "COM_STMT_PREPARE",
	comStmtExecute: "COM_STMT_EXECUTE", comStmtLongData: "COM_STMT_SEND_LONG_DATA", comStmtClose: "COM_STMT_CLOSE", 0x1a: "COM_STMT_RESET",
	0x1b: "COM_SET_OPTION", comStmtFetch: "COM_STMT_FETCH", 0x1f: "COM_RESET_CONNECTION", comStmtBulkExecute: "COM_STMT_BULK_EXECUTE",
}

var errCut = errors.New("the stream ends within a packet")

// packet is a payload, joined when it was cut at 16 MB, and the sequence id of its first part.
type packet struct {
	seq     byte
	payload []byte
}

// splitPackets cuts a stream into packets. A stream that ends within a packet gives those before it.
func splitPackets(b []byte) (all []packet) {
	joining := false
	for len(b) >= 4 {
		n := int(b[0]) | int(b[1])<<8 | int(b[2])<<16
		if len(b) < 4+n {
			return all
		}
		if part := b[4 : 4+n : 4+n]; joining {
			last := &all[len(all)-1]
			last.payload = append(last.payload, part...)
		} else {
			all = append(all, packet{b[3], part})
		}
		joining = n == 0xffffff
		b = b[4+n:]
	}
	return all
}

// reader reads the fields of one packet. After a field that is not there, err is set and all is zero.
type reader struct {
	b   []byte
	err error
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.err = errCut
		r.b = nil
		return nil
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}

func (r *reader) uint(n int) uint64 {
	var b [8]byte
	copy(b[:], r.take(n))
	return binary.LittleEndian.Uint64(b[:])
}

// lenenc reads a length-encoded integer; null is the byte 0xfb.
func (r *reader) lenenc() (v uint64, null bool) {
	switch first := r.uint(1); first {
	case 0xfb:
		return 0, true
	case 0xfc:
		return r.uint(2), false
	case 0xfd:
		return r.uint(3), false
	case 0xfe:
		return r.uint(8), false
	default:
		return first, false
	}
}

func (r *reader) lenencBytes() (v []byte, null bool) {
	n, null := r.lenenc()
	if null {
		return nil, true
	}
	if n > uint64(len(r.b)) {
		r.err = errCut
		return nil, false
	}
	return r.take(int(n)), false
}

func (r *reader) lenencString() string {
	v, _ := r.lenencBytes()
	return string(v)
}

func (r *reader) nulString() string {
	for i, c := range r.b {
		if c == 0 {
			v := string(r.b[:i])
			r.b = r.b[i+1:]
			return v
		}
	}
	v := string(r.b)
	r.b = nil
	return v
}
