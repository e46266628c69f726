package wire

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/askwire/askwire"
)

const (
	headerSize = 4         // "Protocol::Packet": 3 bytes length, 1 byte sequence id
	maxPayload = 1<<24 - 1 // a packet of this length is continued by the next one
	idleBuffer = 512       // read buffer of a connection that waits for a command
	bulkBuffer = 64 << 10  // read and write buffers while something flows
	flushAt    = 48 << 10  // a write buffer filled this far is written out
	growLimit  = 1 << 20   // buffers grow at most this much ahead of the bytes that have arrived
)

// ErrClientGone says that the connection to the client failed or is out of step; all that can be done is to close it.
var ErrClientGone = errors.New("wire: the client is gone")

var bulk = sync.Pool{New: func() any { b := make([]byte, bulkBuffer); return &b }}

// Conn is one MySQL connection as packets: to a client, or to a backend.
//
// It belongs to one goroutine at a time; Close and Interrupt may be called from any. A payload returned by a read is valid
// until the next read. Writes are buffered until Flush; a write buffer that is full is written out by itself. While a
// connection waits for a command it holds a read buffer of 512 bytes and no write buffer.
type Conn struct {
	mu  sync.Mutex // guards nc and raw where other goroutines use them
	nc  net.Conn
	raw net.Conn // the transport below TLS

	remote net.Addr // the client's address as a balancer says; nil = the transport's

	r       []byte // r[rpos:rend] has been read from nc and not consumed
	rpos    int
	rend    int
	rpooled *[]byte
	small   []byte
	joined  []byte // a logical packet put together from several

	w       []byte // bytes to write
	wpooled *[]byte
	start   int // of the packet being built in w
	werr    error

	seq    byte
	budget int // bytes that may still be read, when limited
	capped bool

	caps       Capabilities
	extended   bool // definitions hold MariaDB's extended metadata; of a backend: they may
	compatible bool
	challenge  []byte // of the greeting: clients answer every later auth switch with it

	writeTimeout  time.Duration
	writeDeadline time.Time
	readTimeout   time.Duration
	readDeadline  time.Time
	sent          int64 // bytes written to nc
	interrupted   atomic.Bool
	backend       bool // the peer is a server: messages say so
}

// NewConn wraps a network connection. The Conn owns it.
func NewConn(nc net.Conn) *Conn { return &Conn{nc: nc, raw: nc} }

// NetConn is the transport: the TLS connection where TLS is on.
func (c *Conn) NetConn() net.Conn { return c.nc }

// RemoteAddr is the client's address: the peer's, or the one that a PROXY protocol header named.
func (c *Conn) RemoteAddr() net.Addr {
	if c.remote != nil {
		return c.remote
	}
	return c.nc.RemoteAddr()
}

// Close closes the transport. It may be called from any goroutine; blocked reads and writes return.
func (c *Conn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nc.Close()
}

// lookHungUp asks the kernel whether the peer has closed its side.
func (c *Conn) lookHungUp() bool {
	s, ok := c.raw.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := s.SyscallConn()
	return err != nil || hungUp(raw)
}

// Linger lets the peer read what was written last before the connection is closed: it says that nothing more comes, and
// throws away what still arrives, until the peer closes, at most n bytes and no longer than d. Without it a peer that is still
// sending gets a reset instead of the answer.
func (c *Conn) Linger(n int64, d time.Duration) {
	if c.SetDeadline(time.Now().Add(d)) != nil || c.Flush() != nil {
		return
	}
	if half, ok := c.nc.(interface{ CloseWrite() error }); ok && half.CloseWrite() != nil {
		return
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(c.nc, n)) // how it ends makes no difference
}

// Interrupt makes blocked and later reads and writes fail. It may be called from any goroutine.
func (c *Conn) Interrupt() {
	c.interrupted.Store(true)
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.nc.SetDeadline(time.Unix(1, 0))
}

// SetDeadline bounds all reads and writes until it is set again; the zero time removes it.
func (c *Conn) SetDeadline(t time.Time) error {
	c.writeDeadline, c.readDeadline = time.Time{}, time.Time{}
	err := c.nc.SetDeadline(t)
	c.stayInterrupted()
	return err
}

// SetTimeouts sets how long a write may be blocked by a peer that does not read, and how long ReadCommand waits for a
// command. Zero means forever. A timeout takes effect after between one half of it and the whole: that spares a system
// call's worth of timer work per packet.
func (c *Conn) SetTimeouts(write, idle time.Duration) { c.writeTimeout, c.readTimeout = write, idle }

// SetBudget limits how many more bytes may be read from the peer, until NoBudget. It is for the time before
// authentication: a stranger can neither send endless packets nor make the proxy hold more than this.
func (c *Conn) SetBudget(n int) { c.budget, c.capped = n, true }

// NoBudget lifts the limit of SetBudget.
func (c *Conn) NoBudget() { c.capped = false }

// Capabilities are the flags agreed on with the client: both sides' bits.
func (c *Conn) Capabilities() Capabilities { return c.caps }

// SetCapabilities sets what packets written to this connection look like.
func (c *Conn) SetCapabilities(caps Capabilities) { c.caps = caps }

// SetCompatible makes WriteError send askwire's own numbers as 1064, for clients that show no others.
func (c *Conn) SetCompatible(on bool) { c.compatible = on }

// BytesSent counts what was written to the transport.
func (c *Conn) BytesSent() int64 { return c.sent }

// ResetSequence starts a new exchange: the next packet in either direction has sequence id 0.
func (c *Conn) ResetSequence() { c.seq = 0 }

// Sequence is the id of the next packet in either direction.
func (c *Conn) Sequence() byte { return c.seq }

// maxText is the largest statement, in bytes, that is read to its end: what is larger the guard would refuse in any case.
const maxText = maxPayload - 1

// ReadCommand waits for the next command: it resets the sequence and returns the command byte and what follows it. The
// payload may have up to limit bytes, or maxText of a statement; a longer one is error 1153, and the connection must be closed after the
// answer.
func (c *Conn) ReadCommand(limit int) (Command, []byte, error) {
	c.seq = 0
	c.release()
	if c.readTimeout > 0 && c.rpos == c.rend {
		if now := time.Now(); c.readDeadline.Sub(now) < c.readTimeout/2 {
			c.readDeadline = now.Add(c.readTimeout)
			if err := c.nc.SetReadDeadline(c.readDeadline); err != nil {
				return 0, nil, err
			}
			c.stayInterrupted()
		}
	}
	if err := c.fill(headerSize); err != nil {
		return 0, nil, err
	}
	if h := c.r[c.rpos:]; h[0] == 0xff && h[1] == 0xff && h[2] == 0xff { // the first of several packets
		if err := c.fill(headerSize + 1); err != nil {
			return 0, nil, unexpected(err)
		}
		if cmd := Command(c.r[c.rpos+headerSize]); cmd == COM_QUERY || cmd == COM_STMT_PREPARE {
			limit = min(limit, maxText)
		}
	}
	p, err := c.ReadPacket(limit)
	if err != nil {
		return 0, nil, err
	}
	if len(p) == 0 {
		return 0, nil, badPacket("A command packet is empty.")
	}
	return Command(p[0]), p[1:], nil
}

// Buffered is the number of bytes that have arrived and were not consumed: a pipelined command, for instance.
func (c *Conn) Buffered() int { return c.rend - c.rpos }

// ReadPacket returns the next logical packet's payload, at most limit bytes. The length is checked before anything is
// allocated for it, and memory grows with the bytes that arrive, not with those announced. A wrong sequence id is an error.
func (c *Conn) ReadPacket(limit int) ([]byte, error) {
	n, err := c.header(limit, limit)
	if err != nil {
		return nil, err
	}
	if n < maxPayload {
		if err := c.fill(n); err != nil {
			return nil, unexpected(err)
		}
		p := c.r[c.rpos : c.rpos+n : c.rpos+n]
		c.rpos += n
		return p, nil
	}
	c.bulkRead()
	c.joined = c.joined[:0]
	for {
		for left := n; left > 0; {
			if c.rpos == c.rend {
				if err := c.fill(1); err != nil {
					return nil, unexpected(err)
				}
			}
			k := min(left, c.rend-c.rpos)
			c.joined = append(c.joined, c.r[c.rpos:c.rpos+k]...)
			c.rpos += k
			left -= k
		}
		if n < maxPayload {
			return c.joined, nil
		}
		if n, err = c.header(limit-len(c.joined), limit); err != nil {
			return nil, unexpected(err)
		}
	}
}

// header consumes a packet header and returns the payload's length, of which left bytes of limit may still come.
func (c *Conn) header(left, limit int) (int, error) {
	if err := c.fill(headerSize); err != nil {
		return 0, err
	}
	h := binary.LittleEndian.Uint32(c.r[c.rpos:])
	n, seq := int(h&0xffffff), byte(h>>24)
	if seq != c.seq {
		return 0, badPacket("Packets are out of order: sequence id %d where %d was due.", seq, c.seq)
	}
	if n > left {
		c.seq++ // the answer's sequence id follows the packet's, though it is not read
		return 0, askwire.Errorf(askwire.PacketTooLarge, "The packet is larger than %d bytes.", limit).
			WithHint("Send less at once.")
	}
	c.rpos += headerSize
	c.seq++
	return n, nil
}

// fill makes at least n unconsumed bytes available in c.r.
func (c *Conn) fill(n int) error {
	for c.rend-c.rpos < n {
		if err := c.more(n); err != nil {
			return err
		}
	}
	return nil
}

// more reads once, after making room for a packet of want bytes.
func (c *Conn) more(want int) error {
	c.room(want)
	dst := c.r[c.rend:]
	if c.capped {
		if c.budget <= 0 {
			return askwire.Errorf(askwire.PacketTooLarge, "Too much was sent before the login was complete.").
				WithHint("Send less, such as fewer connection attributes.")
		}
		dst = dst[:min(len(dst), c.budget)]
	}
	k, err := c.nc.Read(dst)
	c.rend += k
	c.budget -= k
	if k > 0 {
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

// room makes space for at least one more byte. A buffer grows only when it is full, whatever length was announced: from the
// small one to a pooled one, and beyond that by doubling.
func (c *Conn) room(want int) {
	have := c.rend - c.rpos
	if have == 0 {
		c.rpos, c.rend = 0, 0
	}
	if c.rend < len(c.r) && len(c.r)-c.rpos >= want {
		return
	}
	if have < len(c.r) {
		copy(c.r, c.r[c.rpos:c.rend])
		c.rpos, c.rend = 0, have
		return
	}
	old := c.r[c.rpos:c.rend]
	switch {
	case len(c.r) == 0:
		if c.small == nil {
			c.small = make([]byte, idleBuffer)
		}
		c.r = c.small
	case len(c.r) < bulkBuffer:
		p := bulk.Get().(*[]byte)
		copy(*p, old)
		c.r, c.rpooled = *p, p
	default:
		b := make([]byte, min(want, max(2*len(c.r), growLimit)))
		copy(b, old)
		c.dropRead()
		c.r = b
	}
	c.rpos, c.rend = 0, have
}

// bulkRead switches to a pooled read buffer, for a result that is about to flow.
func (c *Conn) bulkRead() {
	if len(c.r) >= bulkBuffer {
		return
	}
	p := bulk.Get().(*[]byte)
	have := copy(*p, c.r[c.rpos:c.rend])
	c.r, c.rpooled, c.rpos, c.rend = *p, p, 0, have
}

func (c *Conn) dropRead() {
	if c.rpooled != nil {
		bulk.Put(c.rpooled)
		c.rpooled = nil
	}
	c.r = nil
}

// release gives back large buffers: the connection is idle.
func (c *Conn) release() {
	if c.joined != nil {
		c.joined = nil
	}
	if len(c.r) <= idleBuffer {
		return
	}
	have := c.rend - c.rpos
	if have > idleBuffer {
		return
	}
	if c.small == nil {
		c.small = make([]byte, idleBuffer)
	}
	copy(c.small, c.r[c.rpos:c.rend])
	c.dropRead()
	c.r, c.rpos, c.rend = c.small, 0, have
}

// stayInterrupted undoes a deadline that was set while Interrupt ran.
func (c *Conn) stayInterrupted() {
	if c.interrupted.Load() {
		_ = c.nc.SetDeadline(time.Unix(1, 0))
	}
}

// unexpected turns an end of file within a packet into io.ErrUnexpectedEOF.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func badPacket(format string, args ...any) error {
	return askwire.Errorf(askwire.BadPacket, format, args...).WithHint("The client does not speak the MySQL protocol; connect again.")
}
