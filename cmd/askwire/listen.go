package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"go.uber.org/zap"

	"github.com/askwire/askwire/cmd/askwire/config"
	"github.com/askwire/askwire/proxy/wire"
)

// door is one listener for clients: [proxy]'s is the first. Its greeting announces the version of one backend, because clients
// choose by it how they speak, long before the proxy knows who they are.
type door struct {
	net.Listener
	announce   string
	handshaker *wire.Handshaker
}

// listen takes the addresses. Nothing is accepted yet.
func (p *parts) listen(cfg *config.Config) error {
	for i, l := range cfg.Listeners() {
		tcp, err := net.Listen("tcp", l.Listen)
		switch {
		case err != nil && i == 0:
			return fmt.Errorf("proxy.listen: %w. Choose another address with --listen", err)
		case err != nil:
			return fmt.Errorf("listener no. %d: listen: %w. Choose another address", i, err)
		}
		p.doors = append(p.doors, door{Listener: tcp, announce: l.Announce})
		p.later(func(context.Context) error {
			if err := tcp.Close(); !errors.Is(err, net.ErrClosed) {
				return err
			}
			return nil
		})
	}
	return nil
}

// greet makes the doors' greetings, which share users and the memory of failed logins.
func (p *parts) greet(cfg *config.Config) error {
	for i, l := range cfg.Listeners() {
		certificate, err := clientTLS(l)
		if err != nil {
			return err
		}
		c := wire.HandshakeConfig{Version: fallbackVersion, TLS: certificate, RequireTLS: l.RequireTLS}
		if i == 0 {
			p.doors[i].handshaker, err = wire.NewHandshaker(c)
		} else {
			p.doors[i].handshaker, err = p.doors[0].handshaker.Another(c)
		}
		if err != nil {
			return err
		}
	}
	p.directory.onChange.Store(new(func() {
		p.announce()
		p.directory.compile()
	}))
	p.announce()
	for _, d := range p.doors {
		if d.handshaker.Version() == fallbackVersion {
			p.log.Warn("the backend was not reached yet; announcing "+fallbackVersion+" until it is", zap.String("backend", d.announce))
		}
	}
	return nil
}

// fallbackVersion is announced until the backend was reached; clients of MariaDB may ask for variables that it does not know.
const fallbackVersion = "8.0.36-askwire"

// announce keeps the versions in the greetings those of the backends, with a suffix, so that clients speak their dialect. It
// is called whenever a catalog may have changed.
func (p *parts) announce() {
	for _, d := range p.doors {
		snap := p.directory.catalogs[d.announce].Snapshot()
		if snap == nil {
			continue
		}
		if version := strings.TrimSuffix(snap.Server.Version, "-log") + "-askwire"; version != d.handshaker.Version() {
			d.handshaker.SetVersion(version)
		}
	}
}

// serve accepts clients. The first listener that fails ends all.
func (p *parts) serve() {
	p.up.Store(true)
	for _, d := range p.doors {
		backend := d.announce
		if len(p.doors) == 1 {
			backend = "" // a user's first profile is the first of all
		}
		go func() { p.serving <- p.proxy.ServeAs(d.Listener, d.handshaker, backend) }()
	}
}
