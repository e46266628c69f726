// Command engines starts the engines that tests use, runs a command with their addresses in its environment, and stops
// them: `engines -- go test ./...`. Without a command it prints the variables for a shell and waits for Ctrl-C.
//
// Its exit code is the command's. An engine that is missing or does not start is a failure; with ALLOW_MISSING_ENGINES=1
// one that is missing is left out, and said to be.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

func main() {
	only := flag.String("only", "", "engines to start, separated by commas; all by default")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code, err := run(ctx, *only, flag.Args())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "engines:", err)
	}
	os.Exit(code)
}

func run(ctx context.Context, only string, command []string) (int, error) {
	enginetest.UseWorkingTree()
	kinds := engine.Kinds()
	if only != "" {
		kinds = nil
		for name := range strings.SplitSeq(only, ",") {
			kinds = append(kinds, engine.Kind(name))
		}
	}
	servers, err := start(ctx, kinds)
	defer func() {
		for _, s := range servers {
			if err := s.Stop(); err != nil {
				fmt.Fprintf(os.Stderr, "engines: stopping %s: %v\n", s.Kind, err)
			}
		}
	}()
	if err != nil {
		return 1, err
	}
	var env []string
	for _, s := range servers {
		env = append(env, enginetest.EnvName(s.Kind)+"="+s.DSN)
	}
	if len(command) == 0 {
		for _, e := range env {
			name, value, _ := strings.Cut(e, "=")
			fmt.Printf("export %s='%s'\n", name, value)
		}
		<-ctx.Done()
		return 0, nil
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	err = cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() > 0 {
		return exit.ExitCode(), nil // the command has said why
	}
	if err != nil {
		return 1, err
	}
	return 0, nil
}

// start runs the engines side by side. The servers that did start are returned even with an error.
func start(ctx context.Context, kinds []engine.Kind) ([]*engine.Server, error) {
	var (
		mu      sync.Mutex
		wg      sync.WaitGroup
		servers []*engine.Server
		errs    []error
	)
	for _, kind := range kinds {
		if _, ok := engine.Find(kind); !ok && os.Getenv("ALLOW_MISSING_ENGINES") == "1" {
			fmt.Fprintf(os.Stderr, "engines: %s is not on this machine and ALLOW_MISSING_ENGINES=1: its tests are skipped\n", kind)
			continue
		}
		wg.Go(func() {
			began := time.Now()
			s, err := engine.Start(ctx, engine.Options{Kind: kind, Memory: 256 << 20})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, err)
				return
			}
			servers = append(servers, s)
			fmt.Fprintf(os.Stderr, "engines: %-9s %s on %s after %.1f s\n", kind, s.Version, s.Addr, time.Since(began).Seconds())
		})
	}
	wg.Wait()
	return servers, errors.Join(errs...)
}
