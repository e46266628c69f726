package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	gomysqlclient "github.com/go-mysql-org/go-mysql/client"
	gomysql "github.com/go-mysql-org/go-mysql/mysql"

	"github.com/askwire/askwire"
)

// Address is where a backend listens: Network "tcp" with host:port, or "unix" with a path.
type Address struct{ Network, Addr string }

// String is the address as a DSN has it.
func (a Address) String() string { return a.Network + "(" + a.Addr + ")" }

// BackendConfig says how to connect to one backend.
type BackendConfig struct {
	Name        string    // of the [[backend]], for messages and logs
	Addresses   []Address // tried in order; the later ones are fail-over
	User        string
	Password    askwire.Secret
	Database    string
	TLS         *tls.Config   // nil = without; an empty ServerName is taken from the address
	DialTimeout time.Duration // connect and authenticate; zero = 5 s
	Collation   string        // of the handshake; "" = utf8mb4_general_ci, which every server knows
}

// writeTimeout is how long a server may refuse to take a command.
const writeTimeout = 30 * time.Second

// dialBackend connects and authenticates to one address. The connection has no capability that changes how packets are
// framed: no CLIENT_DEPRECATE_EOF, CLIENT_SESSION_TRACK, CLIENT_QUERY_ATTRIBUTES, CLIENT_COMPRESS, CLIENT_LOCAL_FILES.
func dialBackend(ctx context.Context, cfg *BackendConfig, addr Address) (b *Backend, err error) {
	timeout := cfg.DialTimeout
	if timeout == 0 {
		timeout = 5 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var nc net.Conn
	var login *askwire.WaryConn
	var asks *extender
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		var d net.Dialer
		conn, err := d.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		if deadline, ok := ctx.Deadline(); ok {
			_ = conn.SetDeadline(deadline)
		}
		nc = conn
		asks = &extender{Conn: conn}
		login = askwire.NewWaryConn(asks)
		return login, nil
	}
	defer func() {
		// A server that greets with garbage makes the handshake code run off its slice.
		if p := recover(); p != nil {
			err = fmt.Errorf("handshake: %v", p)
		}
		if err != nil {
			if nc != nil {
				_ = nc.Close()
			}
			b, err = nil, unavailable(cfg, addr, err)
		}
	}()
	gc, err := gomysqlclient.ConnectWithDialer(ctx, addr.Network, addr.Addr, cfg.User, cfg.Password.Reveal(), cfg.Database, dial,
		func(c *gomysqlclient.Conn) error {
			c.UnsetCapability(gomysql.CLIENT_QUERY_ATTRIBUTES)
			c.UnsetCapability(gomysql.CLIENT_DEPRECATE_EOF)
			c.SetAttributes(map[string]string{"_client_name": "askwire", "program_name": "askwire"})
			if cfg.TLS != nil {
				t := cfg.TLS.Clone()
				t.MinVersion = max(t.MinVersion, tls.VersionTLS12)
				if t.ServerName == "" {
					if host, _, err := net.SplitHostPort(addr.Addr); err == nil {
						t.ServerName = host
					}
				}
				c.SetTLSConfig(t)
			}
			if err := c.SetCapability(gomysql.CLIENT_MULTI_RESULTS); err != nil {
				return err
			}
			if err := c.SetCapability(gomysql.CLIENT_PS_MULTI_RESULTS); err != nil {
				return err
			}
			collation := cfg.Collation
			if collation == "" {
				collation = "utf8mb4_general_ci"
			}
			return c.SetCollation(collation)
		})
	if err != nil {
		return nil, err
	}
	// The server is silent now, so the library's reader holds nothing: the connection goes on without it.
	inner := gc.Conn.Conn
	if inner == net.Conn(login) {
		inner = nc
	}
	if err := inner.SetDeadline(time.Time{}); err != nil {
		return nil, err
	}
	c := NewConn(inner)
	c.raw = nc
	c.backend, c.extended = true, asks.asked
	c.SetTimeouts(writeTimeout, 0)
	return &Backend{c: c, addr: addr, name: cfg.Name, thread: uint64(gc.GetConnectionID()), version: strings.TrimPrefix(gc.GetServerVersion(), "5.5.5-")}, nil
}

// unavailable says to the client that the backend cannot be reached, and to the log why.
func unavailable(cfg *BackendConfig, addr Address, cause error) error {
	var my *gomysql.MyError
	if errors.As(cause, &my) {
		cause = &ServerError{Number: my.Code, State: my.State, Message: my.Message}
	}
	return &askwire.Error{
		Op: "wire.Dial", Code: askwire.BackendUnavailable,
		Message: fmt.Sprintf("The backend %q cannot be reached.", cfg.Name),
		Hint:    "Try again later, or tell the operator.",
		Err:     causeOnly{fmt.Errorf("%s: %w", addr, cause)},
	}
}

// causeOnly hides an error from errors.As, so that a ServerError which explains a failed login to the operator is not
// passed on to a client as if it were the answer to a statement.
type causeOnly struct{ err error }

func (c causeOnly) Error() string { return c.err.Error() }
