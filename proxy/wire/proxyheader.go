package wire

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"time"

	"github.com/askwire/askwire"
)

// proxySignature begins a header of the PROXY protocol, version 2; it cannot be the start of any other protocol's.
const proxySignature = "\r\n\r\n\x00\r\nQUIT\n"

const (
	proxyHeaderSize  = 16      // signature, version and command, family and transport, 2 bytes length
	proxyHeaderLimit = 4 << 10 // of what follows: addresses and TLVs
)

// ProxyHeader reads the PROXY protocol header, version 2, that a balancer sends before anything else, and makes the client's
// address the connection's RemoteAddr. It is called before Accept, shares its deadline and byte budget, and is for peers whose
// word is taken: whoever else sends a header is refused by Accept, which takes it for a malformed packet.
//
// A LOCAL header, as health checks send it, and one of another family than IPv4 and IPv6 leave the address as it is. A
// connection without a header is refused; after an error it must be closed.
func (h *Handshaker) ProxyHeader(ctx context.Context, c *Conn) error {
	if ctx.Done() != nil {
		defer context.AfterFunc(ctx, c.Interrupt)()
	}
	if err := h.limit(c); err != nil {
		return err
	}
	addr, err := c.proxyHeader()
	if err != nil {
		_ = c.nc.SetWriteDeadline(time.Now().Add(time.Second)) // the deadline may be what failed
		c.stayInterrupted()
		h.refuse(c, err)
		return err
	}
	if addr.IsValid() {
		c.remote = net.TCPAddrFromAddrPort(addr)
	}
	return nil
}

// proxyHeader consumes the header and nothing behind it.
func (c *Conn) proxyHeader() (netip.AddrPort, error) {
	// The signature is looked at as it comes, so that a client without a header is refused at its first byte.
	for have := 0; have < len(proxySignature); have = c.rend - c.rpos {
		if err := c.fill(have + 1); err != nil {
			return netip.AddrPort{}, noProxyHeader().Wrap(err)
		}
		got := c.r[c.rpos:c.rend]
		if n := min(len(got), len(proxySignature)); string(got[:n]) != proxySignature[:n] {
			return netip.AddrPort{}, noProxyHeader()
		}
	}
	if err := c.fill(proxyHeaderSize); err != nil {
		return netip.AddrPort{}, noProxyHeader().Wrap(err)
	}
	n := int(binary.BigEndian.Uint16(c.r[c.rpos+14:]))
	if n > proxyHeaderLimit {
		return netip.AddrPort{}, malformedProxyHeader("it has %d bytes", n)
	}
	if err := c.fill(proxyHeaderSize + n); err != nil {
		return netip.AddrPort{}, noProxyHeader().Wrap(err)
	}
	p := c.r[c.rpos : c.rpos+proxyHeaderSize+n]
	addr, err := parseProxyHeader(p)
	c.rpos += len(p)
	return addr, err
}

// parseProxyHeader reads a whole header: signature; 1 byte version (2) and command (0 = LOCAL, 1 = PROXY); 1 byte family (1 =
// IPv4, 2 = IPv6) and transport (1 = stream); 2 bytes length; source and destination address, source and destination port;
// TLVs, which are skipped. The address is the source, and not valid where the header has none that counts.
//
// See "The PROXY protocol", section 2.2, of HAProxy's documentation.
func parseProxyHeader(p []byte) (netip.AddrPort, error) {
	if len(p) < proxyHeaderSize || string(p[:len(proxySignature)]) != proxySignature ||
		len(p) != proxyHeaderSize+int(binary.BigEndian.Uint16(p[14:])) {
		return netip.AddrPort{}, malformedProxyHeader("its length is wrong")
	}
	version, command, family, transport := p[12]>>4, p[12]&0xf, p[13]>>4, p[13]&0xf
	body := p[proxyHeaderSize:]
	switch {
	case version != 2:
		return netip.AddrPort{}, malformedProxyHeader("its version is %d", version)
	case command == 0:
		return netip.AddrPort{}, nil
	case command != 1:
		return netip.AddrPort{}, malformedProxyHeader("its command is %d", command)
	case transport > 2 || family > 3 || transport == 2:
		return netip.AddrPort{}, malformedProxyHeader("its family is %#02x", p[13])
	case family == 1 && transport == 1 && len(body) >= 12:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(body)), binary.BigEndian.Uint16(body[8:])), nil
	case family == 2 && transport == 1 && len(body) >= 36:
		return netip.AddrPortFrom(netip.AddrFrom16([16]byte(body)).Unmap(), binary.BigEndian.Uint16(body[32:])), nil
	case transport == 1 && (family == 1 || family == 2):
		return netip.AddrPort{}, malformedProxyHeader("its addresses are cut off")
	}
	return netip.AddrPort{}, nil // unknown, or a unix socket of the balancer's: the connection's own address holds
}

func noProxyHeader() *askwire.Error {
	return askwire.Errorf(askwire.BadPacket, "The connection comes from a listed balancer, and has no PROXY protocol header.").
		WithHint("Let the balancer send version 2 (HAProxy: send-proxy-v2), or take its address out of proxy_protocol_from.")
}

func malformedProxyHeader(format string, args ...any) *askwire.Error {
	e := askwire.Errorf(askwire.BadPacket, "The PROXY protocol header cannot be used: "+format+".", args...)
	return e.WithHint("Let the balancer send version 2 over TCP (HAProxy: send-proxy-v2).")
}
