package wire

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"reflect"
	"testing"
	"time"
)

// Captured packets: handshake responses of the mariadb CLI 10.11 (and its SSLRequest) and go-sql-driver 1.10, a column
// definition of MariaDB 10.11. The one of an old client, without a plugin, is made by hand.
var captured = map[string]string{
	"mariadb": "85a2bf0000001000210000000000000000000000000000000000000000000000626f74680020b0cb1d1de1622d0f580b7e0d394f78440543f07" +
		"57acceb518b1438f91f9fcd5663616368696e675f736861325f70617373776f7264007f035f6f73054c696e75780c5f636c69656e745f6e616d650a" +
		"6c69626d617269616462045f7069640532363734370f5f636c69656e745f76657273696f6e06332e332e3230095f706c6174666f726d067838365f3" +
		"6340c70726f6772616d5f6e616d65056d7973716c0c5f7365727665725f686f7374093132372e302e302e31",
	"mariadb-ssl": "85aabf0000001000210000000000000000000000000000000000000000000000",
	"go-sql-driver": "0da23a01000000002d0000000000000000000000000000000000000000000000616e610020b15db806b8af8ea960aa5305b8c2072fc0b0" +
		"94d3cf7fb2ca873d81972eba1be173686f700063616368696e675f736861325f70617373776f726400590c5f636c69656e745f6e616d650f476f2d4" +
		"d7953514c2d447269766572035f6f73056c696e7578095f706c6174666f726d05616d643634045f7069640532363733320c5f7365727665725f686f" +
		"7374093132372e302e302e31",
	"old":    "0da2000000000040080000000000000000000000000000000000000000000000616e6100140102030405060708090a0b0c0d0e0f101112131473686f7000",
	"column": "036465660e745f686462356432697a6a736b6101760176016401640c3f0014000000082000000000",
}

// What real clients send is read as they meant it.
func TestCapturedHandshakeResponses(t *testing.T) {
	for name, want := range map[string]handshakeResponse{
		"mariadb": {user: "both", plugin: CachingSHA2Password, attributes: map[string]string{"_client_name": "libmariadb",
			"_client_version": "3.3.20", "_os": "Linux", "_pid": "26747", "_platform": "x86_64", "_server_host": "127.0.0.1", "program_name": "mysql"}},
		"mariadb-ssl": {ssl: true},
		"go-sql-driver": {user: "ana", database: "shop", plugin: CachingSHA2Password, attributes: map[string]string{
			"_client_name": "Go-MySQL-Driver", "_os": "linux", "_pid": "26732", "_platform": "amd64", "_server_host": "127.0.0.1"}},
		"old": {user: "ana", database: "shop"},
	} {
		got, err := parseHandshakeResponse(seed(name), Offered|CLIENT_SSL)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if n := map[string]int{"mariadb": 32, "go-sql-driver": 32, "old": 20}[name]; len(got.response) != n {
			t.Errorf("%s: a response of %d bytes", name, len(got.response))
		}
		got = handshakeResponse{user: got.user, database: got.database, plugin: got.plugin, attributes: got.attributes, ssl: got.ssl}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", name, got, want)
		}
	}
	d, err := ParseColumn(seed("column"))
	if want := (Column{"t_hdb5d2izjska", "v", "v", "d", "d", CollationBinary, 20, MYSQL_TYPE_LONGLONG, UNSIGNED_FLAG, 0, ""}); err != nil || d != want {
		t.Errorf("column %+v, %v", d, err)
	}
}

func seed(name string) []byte {
	b, err := hex.DecodeString(captured[name])
	if err != nil {
		panic(name + ": " + err.Error())
	}
	return b
}

func FuzzHandshakeResponse(f *testing.F) {
	for name := range captured {
		f.Add(seed(name))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		h, err := parseHandshakeResponse(p, Offered|CLIENT_SSL)
		if err != nil {
			return
		}
		if h.caps&^(Offered|CLIENT_SSL) != 0 {
			t.Errorf("capabilities %x were not offered", h.caps)
		}
		if len(h.attributes) > maxAttributes || len(h.user)+len(h.database)+len(h.plugin) > len(p) {
			t.Error("more came out than went in")
		}
		_, _ = parseChangeUser(p, h.caps)
	})
}

func FuzzExecute(f *testing.F) {
	f.Add(uint16(2), firstExecute, nextExecute, []byte{1, 0, 'x'})
	f.Add(uint16(1), []byte{0, 1, 0, 0, 0, 0, 1, 0x0c, 0, 7, 0xea, 7, 11, 22, 1, 2, 3}, []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, n uint16, first, next, long []byte) {
		p := NewParams(int(n))
		for _, b := range [][]byte{first, next} {
			_ = p.LongData(long, 100)
			e, err := p.ParseExecute(b)
			if err != nil {
				continue
			}
			if len(e.Args) != int(n) {
				t.Fatalf("%d arguments for %d parameters", len(e.Args), n)
			}
			for _, a := range e.Args {
				_ = a.Text()
			}
			// What is sent to the backend reads back as the same.
			again, err := NewParams(int(n)).ParseExecute(appendExecute(nil, 1, e)[5:])
			if err != nil {
				t.Fatalf("sent on, it cannot be read: %v", err)
			}
			for i := range e.Args {
				if !reflect.DeepEqual(e.Args[i], again.Args[i]) {
					t.Fatalf("argument %d: %+v became %+v", i, e.Args[i], again.Args[i])
				}
			}
		}
	})
}

func FuzzColumnDef(f *testing.F) {
	f.Add(seed("column"))
	f.Fuzz(func(t *testing.T, p []byte) {
		d, err := ParseColumn(p)
		if err != nil {
			return
		}
		_ = d.TypeName()
		if again, err := ParseColumn(d.append(nil, d.Extended != "")); err != nil || again != d {
			t.Errorf("%+v became %+v, %v", d, again, err)
		}
	})
}

// FuzzRow decodes rows for the sample, and widens them.
func FuzzRow(f *testing.F) {
	f.Add([]byte("\x01a\xfb"), []byte{0xfd, 0x03}, false)
	f.Add([]byte{0, 0x08, 1, 'a'}, []byte{0xfd, 0x03}, true)
	f.Fuzz(func(t *testing.T, p, types []byte, binary bool) {
		columns := make([]Column, len(types))
		for i := range types {
			columns[i] = Column{Type: Type(types[i]), Decimals: types[i] % 8, Length: uint32(types[i])}
		}
		s := newSampler(columns, binary)
		if s.add(p) != nil {
			return
		}
		want := s.finish(true).Rows[0]
		e := rowEdit{binary: binary, columns: len(columns)}
		if binary {
			e.headLength = 1 + (len(columns)+9)/8
		}
		for _, text := range []*string{nil, ptr("text")} {
			e.set(text)
			wide := append(bytes.Clone(e.head(p[:e.headLength])), p[e.headLength:]...)
			wide = append(wide, e.suffix...)
			ws := newSampler(append(columns[:len(columns):len(columns)], LongTextColumn("s")), binary)
			if err := ws.add(wide); err != nil {
				t.Fatalf("the widened row cannot be read: %v", err)
			}
			if got := ws.finish(true).Rows[0]; !reflect.DeepEqual(got, append(want[:len(want):len(want)], text)) {
				t.Fatalf("got %v, want %v", got, want)
			}
		}
	})
}

// FuzzAccept lets a stranger say anything, and FuzzRelay a backend.
func FuzzAccept(f *testing.F) {
	h, err := NewHandshaker(HandshakeConfig{Version: "8", Timeout: time.Second})
	if err != nil {
		f.Fatal(err)
	}
	h.pause = func(context.Context, time.Duration) error { return nil }
	for name := range captured {
		p := seed(name)
		f.Add(append([]byte{byte(len(p)), 0, 0, 1}, p...))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		nc := &replay{in: bytes.NewReader(b)}
		if login, err := h.Accept(context.Background(), NewConn(nc), 1); err == nil {
			t.Errorf("%q logged in", login.User)
		}
	})
}

func FuzzRelay(f *testing.F) {
	f.Add([]byte("\x01\x00\x00\x01\x01\x16\x00\x00\x02\x03def\x00\x00\x00\x01a\x00\x0c\x2d\x00\x00\x00\x00\x00\xfd\x00\x00\x00\x00\x00"+
		"\x05\x00\x00\x03\xfe\x00\x00\x02\x00\x02\x00\x00\x04\x01x\x05\x00\x00\x05\xfe\x00\x00\x02\x00"), uint8(0), uint8(0))
	f.Add([]byte("\x07\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00"), uint8(1), uint8(3))
	f.Fuzz(func(t *testing.T, b []byte, mode, limit uint8) {
		src := NewConn(&replay{in: bytes.NewReader(b)})
		src.backend, src.seq = true, 1
		back := &replay{in: bytes.NewReader(nil)}
		dst := NewConn(back)
		dst.caps, dst.seq = CLIENT_PROTOCOL_41, 1
		if mode&1 != 0 {
			dst.caps |= CLIENT_DEPRECATE_EOF
		}
		opt := RelayOptions{Binary: mode&2 != 0, MaxRows: int64(limit)}
		if mode&4 != 0 {
			opt.Append = &Append{Name: "a", Rows: 2, Place: Place(mode >> 3 % 3), Text: func() *string { return ptr("t") }}
		}
		be := &Backend{c: src, busy: true}
		res, err := be.Relay(context.Background(), dst, opt)
		_ = dst.Flush()
		if err == nil && !res.Answered || !res.Answered && back.out.Len() > 0 {
			t.Errorf("answered %v with %d bytes: %v", res.Answered, back.out.Len(), err)
		}
		// Whatever the backend sent, the client gets whole packets in order, unless its connection is given up.
		if errors.Is(err, ErrClientGone) {
			return
		}
		check := NewConn(&replay{in: bytes.NewReader(back.out.Bytes())})
		check.seq = 1
		for {
			if _, err := check.ReadPacket(1 << 30); err == io.EOF {
				return
			} else if err != nil {
				t.Fatalf("the client cannot read the answer: %v", err)
			}
		}
	})
}

// replay is a peer that says something and then hangs up.
type replay struct {
	net.Conn
	in  *bytes.Reader
	out bytes.Buffer
}

func (r *replay) Read(b []byte) (int, error)       { return r.in.Read(b) }
func (r *replay) Write(b []byte) (int, error)      { return r.out.Write(b) }
func (r *replay) Close() error                     { return nil }
func (r *replay) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 1} }
func (r *replay) SetDeadline(time.Time) error      { return nil }
func (r *replay) SetReadDeadline(time.Time) error  { return nil }
func (r *replay) SetWriteDeadline(time.Time) error { return nil }
