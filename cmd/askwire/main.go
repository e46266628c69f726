// Command askwire puts questions in your own language in front of a MySQL, MariaDB or TiDB server, for any MySQL client.
//
// This package builds the parts, plugs them together and closes them in order: build.go has the order and its reasons,
// directory.go is what the proxy asks about users and policies, and each command is a file of its own name. The rooms do the
// work; nothing here decides what may run.
//
// Exit codes: 0 done, 1 failed or (check) problems found, 2 wrong usage.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

func main() {
	if os.Getenv("GOGC") == "" {
		tuneCollections()
	}
	os.Exit(run(context.Background(), os.Args[1:], stdio{os.Stdin, os.Stdout, os.Stderr}))
}

// stdio is what a command reads and writes.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

// run is main without the process.
func run(ctx context.Context, args []string, io stdio) int {
	root := rootCommand(io)
	root.SetArgs(args)
	root.SetIn(io.in)
	root.SetOut(io.out)
	root.SetErr(io.err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	var u usageError
	if errors.As(err, &u) {
		fmt.Fprintf(io.err, "askwire: %v\nRun `%s --help` for what it takes.\n", u.err, u.command)
		return 2
	}
	if !errors.Is(err, errReported) {
		fmt.Fprintf(io.err, "askwire: %v\n", err)
	}
	return 1
}

// errReported ends a command whose problems have been printed already.
var errReported = errors.New("reported")

// usageError is a command line that cannot be understood.
type usageError struct {
	command string
	err     error
}

func (u usageError) Error() string { return u.err.Error() }

// needs is for a command that takes at least one argument.
func needs(what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return fmt.Errorf("%s is missing", what)
		}
		return nil
	}
}

func rootCommand(io stdio) *cobra.Command {
	root := &cobra.Command{
		Use:   "askwire",
		Short: "Ask your MySQL in your own language, from any MySQL client",
		Long: `askwire speaks the MySQL protocol to clients and to your database. A client that sends

  ASK '지난달 매출이 가장 높은 상품 10개'
  ASK 'top 10 products by sales last month'

gets rows and a summary: a model writes the SQL, a guard checks and rewrites it on its syntax tree, and only that
text runs. Plain SQL goes through the same port and the same guard.

Start here:
  askwire demo                      a private engine, four sample databases, the proxy in front; nothing to set up
  askwire serve -c config.toml      your own databases
  askwire check -c config.toml      all problems of a configuration at once

Exit codes: 0 done, 1 failed or problems found, 2 wrong usage.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usageError{cmd.CommandPath(), err} })
	root.AddCommand(demoCommand(io), serveCommand(io), checkCommand(io), askCommand(io), generateCommand(io), hashCommand(io), evalCommand(io), catalogCommand(io), versionCommand(io))
	for _, c := range append(root.Commands(), root) {
		if check := c.Args; check != nil {
			c.Args = func(cmd *cobra.Command, args []string) error {
				if err := check(cmd, args); err != nil {
					return usageError{cmd.CommandPath(), err}
				}
				return nil
			}
		}
	}
	return root
}
