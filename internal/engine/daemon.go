package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/askwire/askwire"
)

const (
	logName    = "server.log"
	markerName = "engine" // holds the kind; written when the data directory is complete
)

// daemon knows how to set up and run one engine in one directory.
type daemon struct {
	prog    Program
	dir     string
	memory  int64
	durable bool
	args    []string // of the caller
}

func (d daemon) data() string { return filepath.Join(d.dir, "data") }
func (d daemon) tmp() string  { return filepath.Join(d.dir, "tmp") }
func (d daemon) log() string  { return filepath.Join(d.dir, logName) }

// prepare makes the data directory, or checks that the one there is this engine's own.
func (d daemon) prepare(ctx context.Context) error {
	kind := d.prog.Kind
	marker := filepath.Join(d.dir, markerName)
	switch made, err := os.ReadFile(marker); {
	case err == nil && strings.TrimSpace(string(made)) == string(kind):
		return nil
	case err == nil:
		return askwire.Errorf(askwire.BackendUnavailable, "The folder %s holds data of %s, not of %s.", d.dir, strings.TrimSpace(string(made)), kind).
			WithHint("Choose another folder, or remove this one.")
	case !errors.Is(err, os.ErrNotExist):
		return failed(kind, err, "")
	}
	// Without its marker the directory is an unfinished one of ours, or somebody else's: remove nothing that we cannot name.
	if err := os.RemoveAll(d.data()); err != nil {
		return failed(kind, err, "")
	}
	for _, dir := range []string{d.data(), d.tmp()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return failed(kind, err, "")
		}
	}
	if err := d.initialize(ctx); err != nil {
		return failed(kind, err, tail(d.log()))
	}
	if err := os.WriteFile(marker, []byte(string(kind)+"\n"), 0o600); err != nil {
		return failed(kind, err, "")
	}
	return nil
}

// initialize fills the data directory with the system tables.
func (d daemon) initialize(ctx context.Context) error {
	switch d.prog.Kind {
	case MariaDB, MariaDB11:
		sql, err := d.bootstrapSQL()
		if err != nil {
			return err
		}
		return run(ctx, d.prog.command(d.mariadbArgs("--bootstrap", "--skip-networking")...), sql, d.log())
	case MySQL:
		return run(ctx, d.prog.command(d.mysqlArgs("--initialize-insecure")...), nil, d.log())
	default:
		return nil
	}
}

// bootstrapSQL is what mariadb-install-db feeds to the server, without that script and the packages it needs.
func (d daemon) bootstrapSQL() ([]byte, error) {
	share, prefix, err := d.share()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString("CREATE DATABASE IF NOT EXISTS mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n")
	for _, name := range []string{"system_tables", "performance_tables", "system_tables_data"} {
		sql, err := os.ReadFile(filepath.Join(share, prefix+name+".sql"))
		if err != nil {
			return nil, err
		}
		b.Write(sql)
		b.WriteByte('\n')
	}
	return b.Bytes(), nil
}

// share finds the folder of the server's messages, character sets and system-table scripts.
func (d daemon) share() (dir, prefix string, err error) {
	base := d.base()
	for _, name := range []string{"mariadb", "mysql"} {
		dir := filepath.Join(base, "share", name)
		for _, prefix := range []string{"mariadb_", "mysql_"} {
			if _, err := os.Stat(filepath.Join(dir, prefix+"system_tables.sql")); err == nil {
				return dir, prefix, nil
			}
		}
	}
	return "", "", fmt.Errorf("no system table scripts under %s", filepath.Join(base, "share"))
}

// base is the prefix of the installation: /usr for /usr/sbin/mariadbd.
func (d daemon) base() string {
	path := d.prog.Path
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return filepath.Dir(filepath.Dir(path))
}

// command starts the server on addr.
func (d daemon) command(addr string) *exec.Cmd {
	cmd := d.program(addr)
	cmd.Args = append(cmd.Args, d.args...)
	return cmd
}

func (d daemon) program(addr string) *exec.Cmd {
	_, port, _ := strings.Cut(addr, ":")
	switch d.prog.Kind {
	case MySQL:
		return d.prog.command(d.mysqlArgs(append(d.listen(port), "--max-connections=2000", "--mysqlx=OFF")...)...)
	case TiDB:
		return d.tidb(port)
	case Embedded:
		return d.prog.command("--listen", addr)
	default:
		return d.prog.command(d.mariadbArgs(append(d.listen(port), "--max-connections=2000")...)...)
	}
}

// listen keeps the server on loopback. The socket's name is relative to the data directory: a socket's path must stay
// under 108 bytes, and the directory can be anywhere.
func (d daemon) listen(port string) []string {
	return []string{"--bind-address=127.0.0.1", "--port=" + port, "--socket=server.sock", "--pid-file=server.pid"}
}

func (d daemon) common(flush string) []string {
	args := []string{
		"--no-defaults",
		"--datadir=" + d.data(),
		"--basedir=" + d.base(),
		"--tmpdir=" + d.tmp(), // a server that starts removes the temporary tables it finds, also those of another
		"--character-set-server=utf8mb4",
		"--local-infile=OFF",
		"--performance-schema=OFF",
		"--skip-log-bin",
		"--innodb-buffer-pool-size=" + strconv.FormatInt(d.memory, 10),
		"--innodb-flush-log-at-trx-commit=" + flush,
		"--key-buffer-size=1M",
		"--max-allowed-packet=64M",
	}
	if os.Geteuid() == 0 {
		args = append(args, "--user=root") // without it the servers refuse to run as root
	}
	return args
}

func (d daemon) flush() string {
	if d.durable {
		return "1"
	}
	return "0"
}

func (d daemon) mariadbArgs(more ...string) []string {
	args := append(d.common(d.flush()),
		"--aria-pagecache-buffer-size=4M",
		"--innodb-log-file-size=64M",
		"--log-warnings=1",
		"--secure-file-priv="+d.data(), // MariaDB knows no NULL here; nothing but its own files is readable
	)
	if !d.durable {
		args = append(args, "--innodb-flush-method=nosync", "--skip-innodb-doublewrite")
	}
	if d.prog.Root != "" {
		if share, _, err := d.share(); err == nil {
			args = append(args, "--lc-messages-dir="+share, "--character-sets-dir="+filepath.Join(share, "charsets"))
		}
	}
	return append(args, more...)
}

func (d daemon) mysqlArgs(more ...string) []string {
	args := append(d.common(d.flush()),
		"--innodb-redo-log-capacity=128M",
		"--secure-file-priv=NULL",
		"--table-open-cache=400",
	)
	if !d.durable {
		args = append(args, "--innodb-flush-method=nosync", "--skip-innodb-doublewrite")
	}
	if d.prog.Root != "" {
		share := filepath.Join(d.base(), "share", "mysql")
		args = append(args, "--lc-messages-dir="+share, "--character-sets-dir="+filepath.Join(share, "charsets"))
	}
	return append(args, more...)
}

// tidb runs TiDB with its storage in process. Its own defaults leave a Unix socket in /tmp, report to a status port and
// take as much memory as the machine has.
func (d daemon) tidb(port string) *exec.Cmd {
	quoted := strconv.Quote
	conf := "socket = \"\"\n" +
		"temp-dir = " + quoted(d.tmp()) + "\n" +
		"tmp-storage-path = " + quoted(filepath.Join(d.dir, "tmp-storage")) + "\n" +
		"[log]\nlevel = \"warn\"\nslow-query-file = " + quoted(filepath.Join(d.dir, "slow.log")) + "\n" +
		"[status]\nreport-status = false\n" +
		"[performance]\nmax-procs = 0\n"
	path := filepath.Join(d.dir, "tidb.toml")
	cmd := d.prog.command("--config", path, "--host", "127.0.0.1", "-P", port, "--store", "unistore", "--path", d.data())
	cmd.Err = os.WriteFile(path, []byte(conf), 0o600)
	cmd.Env = append(os.Environ(), "GOMEMLIMIT=1500MiB")
	return cmd
}
