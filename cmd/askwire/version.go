package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func versionCommand(io stdio) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print version, commit and platform",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(io.out, "askwire", versionLine())
			return err
		},
	}
}

// version is set by the linker (see the Makefile).
var version = ""

// versionLine adds what the Go tool recorded in the binary.
func versionLine() string {
	v, commit, changed := "development", "", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "" && info.Main.Version != "(devel)" {
			v = info.Main.Version
		}
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision" && len(s.Value) >= 12:
				commit = " commit " + s.Value[:12]
			case s.Key == "vcs.modified" && s.Value == "true":
				changed = " with changes"
			}
		}
	}
	if version != "" {
		v, commit, changed = version, "", "" // git describe has both
	}
	return fmt.Sprintf("%s%s%s %s/%s %s", v, commit, changed, runtime.GOOS, runtime.GOARCH, runtime.Version())
}
