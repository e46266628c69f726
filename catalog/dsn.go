package catalog

import (
	"database/sql"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/askwire/askwire"
)

// Endpoint is where a server is and how to log in: a DSN taken apart for those who do not use database/sql.
type Endpoint struct {
	Network  string // tcp or unix
	Addr     string // host:port, or the socket's path
	User     string
	Password askwire.Secret
	DB       string
	TLS      string // "" (no TLS), "true", "skip-verify" or "preferred"
	Timeout  time.Duration
	Params   map[string]string
}

// ParseDSN reads user:password@tcp(host:port)/db?tls=true, the form of go-sql-driver/mysql. Its errors never hold the
// DSN's text, which has a password in it.
func ParseDSN(dsn string) (Endpoint, error) {
	cfg, err := parse(dsn)
	if err != nil {
		return Endpoint{}, err
	}
	e := Endpoint{
		Network: cfg.Net, Addr: cfg.Addr, User: cfg.User, Password: askwire.NewSecret(cfg.Passwd), DB: cfg.DBName,
		TLS: cfg.TLSConfig, Timeout: cfg.Timeout, Params: cfg.Params,
	}
	if e.TLS == "false" {
		e.TLS = ""
	}
	return e, nil
}

func parse(dsn string) (*mysql.Config, error) {
	bad := func(why string) error {
		return askwire.Errorf(askwire.WrongValue, "The dsn cannot be read: %s.", why).
			WithHint("Write it as user:password@tcp(host:3306)/database?tls=true.")
	}
	if strings.TrimSpace(dsn) == "" {
		return nil, bad("it is empty")
	}
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		// The driver's message may quote parts of the DSN, so what is wrong is looked up in the DSN itself.
		_, query, _ := strings.Cut(dsn[strings.LastIndexByte(dsn, '/')+1:], "?")
		params, _ := url.ParseQuery(query) // as far as it can be read
		switch {
		case !strings.Contains(dsn, "/"):
			return nil, bad("the slash before the database name is missing")
		case params.Has("tls") && !slices.Contains([]string{"true", "false", "skip-verify", "preferred"}, params.Get("tls")):
			return nil, bad("tls must be true, false, skip-verify or preferred")
		}
		return nil, bad("it does not have the form of go-sql-driver/mysql")
	}
	if cfg.Net != "tcp" && cfg.Net != "unix" {
		return nil, bad("the network must be tcp or unix")
	}
	if cfg.Net == "tcp" {
		if _, port, err := net.SplitHostPort(cfg.Addr); err != nil || port == "" {
			return nil, bad("the address must be host:port")
		}
	}
	return cfg, nil
}

const (
	poolSize     = 8
	poolIdle     = 2
	connLifetime = 10 * time.Minute
	dialTimeout  = 5 * time.Second
	ioTimeout    = 2 * time.Minute // a reading of information_schema may be silent for long
)

// OpenDB returns a small connection pool with time limits. It does not connect. LOCAL INFILE and several statements in
// one text are off whatever the DSN says.
func OpenDB(dsn string) (*sql.DB, error) {
	cfg, err := parse(dsn)
	if err != nil {
		return nil, err
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = dialTimeout
	}
	if cfg.ReadTimeout == 0 {
		cfg.ReadTimeout = ioTimeout
	}
	if cfg.WriteTimeout == 0 {
		cfg.WriteTimeout = ioTimeout
	}
	cfg.AllowAllFiles, cfg.MultiStatements = false, false
	cfg.Logger = silent{}
	cfg.ConnectionAttributes = "program_name:askwire"
	cfg.DialFunc = askwire.DialWary
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, askwire.Errorf(askwire.WrongValue, "The dsn cannot be used.").
			WithHint("Check its parameters against the manual of go-sql-driver/mysql.").Wrap(err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(poolSize)
	db.SetMaxIdleConns(poolIdle)
	db.SetConnMaxLifetime(connLifetime)
	return db, nil
}

// silent keeps the driver from writing to standard error: every failure also comes back as an error.
type silent struct{}

func (silent) Print(...any) {}
