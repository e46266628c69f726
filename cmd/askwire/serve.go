package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/askwire/askwire/catalog"
	"github.com/askwire/askwire/cmd/askwire/config"
)

func serveCommand(io stdio) *cobra.Command {
	var file, listen string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the databases of a configuration",
		Long: `Serve the databases of a configuration until SIGTERM or Ctrl-C, which let running statements end for drain_timeout; a second
Ctrl-C ends at once.

SIGHUP reads the configuration and the annotations again: a bad file changes nothing and the log says why; a good one binds
open sessions at their next statement, and users who are gone are disconnected.`,
		Example: `  askwire check -c config.toml && askwire serve -c config.toml
  askwire serve -c /etc/askwire/config.toml --listen 0.0.0.0:4306
  kill -HUP $(pidof askwire)`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			load := func() (*config.Config, config.Problems) { return config.Load(file, config.Options{Listen: listen}) }
			cfg, problems := load()
			for _, p := range problems {
				fmt.Fprintln(io.err, p)
			}
			if cfg == nil {
				return errReported
			}
			s := server{
				io: io, config: cfg, reload: load, annotations: annotationsOf,
				ready: func(addr net.Addr) { fmt.Fprintf(io.out, "askwire: MySQL protocol on %s\n", addr) },
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			context.AfterFunc(ctx, stop) // a second signal ends the process at once
			return s.run(ctx)
		},
	}
	cmd.Flags().StringVarP(&file, "config", "c", "config.toml", "configuration `FILE`")
	cmd.Flags().StringVar(&listen, "listen", "", "`HOST:PORT` over proxy.listen; port 0 = a free one")
	return cmd
}

// annotationsOf reads the folder that a configuration names.
func annotationsOf(c *config.Config) ([]catalog.Annotations, config.Problems) {
	return config.Annotations(os.DirFS(c.Catalog.Dir), filepath.Clean(c.Catalog.Dir))
}

// server runs a configuration until its context ends.
type server struct {
	io          stdio
	config      *config.Config
	reload      func() (*config.Config, config.Problems) // for SIGHUP
	annotations func(*config.Config) ([]catalog.Annotations, config.Problems)
	ready       func(net.Addr) // called for each listener when clients are accepted
}

func (s *server) run(ctx context.Context) error {
	log := newLogger(s.io.err, s.config.Log)
	defer func() { _ = log.Sync() }() // a terminal cannot be synced, and nothing is left to tell it to
	notes, problems := s.annotations(s.config)
	for _, p := range problems {
		fmt.Fprintln(s.io.err, p)
	}
	if problems.Fatal() {
		return errReported
	}
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	p, err := build(ctx, s.config, notes, log)
	if err != nil {
		return err
	}
	p.serve()
	var listen []string
	for _, d := range p.doors {
		listen = append(listen, d.Addr().String())
	}
	fields := []zap.Field{zap.Strings("listen", listen), zap.String("version", versionLine())}
	if p.admin != nil {
		fields = append(fields, zap.Stringer("admin", p.admin.addr()))
	}
	log.Info("serving", fields...)
	for _, d := range p.doors {
		s.ready(d.Addr())
	}
	for {
		select {
		case <-hup:
			s.onReload(p)
		case err := <-p.serving:
			return s.end(p, err)
		case <-ctx.Done():
			log.Info("stopping", zap.Duration("drain_timeout", s.config.Proxy.DrainTimeout.Duration))
			return s.end(p, nil)
		}
	}
}

// end closes the parts; sessions have the drain timeout to finish.
func (s *server) end(p *parts, cause error) error {
	p.up.Store(false) // /readyz says so to balancers before the first session ends
	ctx, stop := context.WithTimeout(context.Background(), s.config.Proxy.DrainTimeout.Duration)
	defer stop()
	err := p.close(ctx)
	p.log.Info("stopped")
	if cause != nil {
		return fmt.Errorf("accepting clients failed: %w", cause)
	}
	return err
}
