package wire

import (
	"encoding/binary"
	"fmt"
	"time"
)

// begin starts a packet in the write buffer; the caller appends the payload to c.w and calls end.
func (c *Conn) begin() {
	if c.w == nil {
		p := bulk.Get().(*[]byte)
		c.wpooled, c.w = p, (*p)[:0]
	}
	c.start = len(c.w)
	c.w = append(c.w, 0, 0, 0, 0)
}

// end completes the packet: header, sequence id, split at 16,777,215 bytes. A payload of exactly that length is followed by
// an empty packet.
func (c *Conn) end() error {
	n := len(c.w) - c.start - headerSize
	if n < maxPayload {
		binary.LittleEndian.PutUint32(c.w[c.start:], uint32(n)|uint32(c.seq)<<24)
		c.seq++
		if len(c.w) >= flushAt {
			return c.Flush()
		}
		return c.werr
	}
	for from := 0; ; {
		k := min(n, maxPayload)
		binary.LittleEndian.PutUint32(c.w[c.start:], uint32(k)|uint32(c.seq)<<24)
		c.seq++
		to := c.start + headerSize + k
		if err := c.out(c.w[from:to]); err != nil {
			return err
		}
		if k < maxPayload {
			c.dropWrite()
			return nil
		}
		// The next header takes the place of four bytes that have gone out.
		n -= k
		from = to - headerSize
		c.start = from
	}
}

// WritePacket queues one packet; payload is copied.
func (c *Conn) WritePacket(payload []byte) error {
	c.begin()
	c.w = append(c.w, payload...)
	return c.end()
}

// writeRaw queues bytes that are whole packets already, headers included. A long run goes out without being copied.
func (c *Conn) writeRaw(b []byte) error {
	if len(b) >= flushAt/2 || len(c.w)+len(b) > bulkBuffer {
		if err := c.Flush(); err != nil {
			return err
		}
		if len(b) >= flushAt/2 {
			return c.out(b)
		}
	}
	if c.w == nil {
		p := bulk.Get().(*[]byte)
		c.wpooled, c.w = p, (*p)[:0]
	}
	c.w = append(c.w, b...)
	return c.werr
}

// Flush writes out what is queued, in one system call, and gives the write buffer back.
func (c *Conn) Flush() error {
	if len(c.w) == 0 {
		return c.werr
	}
	err := c.out(c.w)
	c.dropWrite()
	return err
}

func (c *Conn) dropWrite() {
	if c.wpooled != nil {
		bulk.Put(c.wpooled)
		c.wpooled = nil
	}
	c.w = nil
}

// out writes b. The first failure stays: the connection is useless from then on.
func (c *Conn) out(b []byte) error {
	if c.werr != nil {
		return c.werr
	}
	if c.writeTimeout > 0 {
		if now := time.Now(); c.writeDeadline.Sub(now) < c.writeTimeout/2 {
			c.writeDeadline = now.Add(c.writeTimeout)
			_ = c.nc.SetWriteDeadline(c.writeDeadline)
			c.stayInterrupted()
		}
	}
	n, err := c.nc.Write(b)
	c.sent += int64(n)
	if err != nil {
		if c.werr = err; !c.backend {
			c.werr = fmt.Errorf("%w: %w", ErrClientGone, err)
		}
	}
	return c.werr
}
