package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

// Options are what comes from outside the file.
type Options struct {
	Listen string                      // --listen, over proxy.listen
	Env    func(string) (string, bool) // nil = the process's environment
}

// Load reads and checks a file. The configuration is nil if any problem is more than a warning.
func Load(file string, o Options) (*Config, Problems) { return usable(Inspect(file, o)) }

// Parse is Load on a text. File names it in messages, and its folder is where relative paths start.
func Parse(file, text string, o Options) (*Config, Problems) { return usable(inspect(file, text, o)) }

func usable(c *Config, problems Problems) (*Config, Problems) {
	if problems.Fatal() {
		return nil, problems
	}
	return c, problems
}

// Inspect is Load for those who look for further problems: it also returns a configuration with problems, as far as it was
// understood. Keys of the wrong type have their defaults there, and secrets that were not found are empty. It is nil if the
// file cannot be read or is not valid TOML.
func Inspect(file string, o Options) (*Config, Problems) {
	text, err := os.ReadFile(file)
	if err != nil {
		p := Problem{File: file, Message: "cannot be read: " + cause(err) + ".", Hint: "Name a readable file with -c."}
		return nil, Problems{p}
	}
	return inspect(file, string(text), o)
}

func inspect(file, text string, o Options) (*Config, Problems) {
	if o.Env == nil {
		o.Env = os.LookupEnv
	}
	var tree map[string]any
	if _, err := toml.Decode(text, &tree); err != nil {
		return nil, Problems{syntaxProblem(file, err)}
	}
	c := defaults()
	c.Path = file
	d := &decoder{file: file, lines: positions(text), set: map[string]bool{}}
	d.table(nil, "", tree, reflect.ValueOf(&c).Elem())
	if o.Listen != "" {
		c.Proxy.Listen = o.Listen
	}
	if c.Proxy.Announce == "" && len(c.Backends) > 0 {
		c.Proxy.Announce = c.Backends[0].Name
	}
	for i := range c.Listen {
		if l := &c.Listen[i]; l.TLSCert == "" && l.TLSKey == "" {
			l.TLSCert, l.TLSKey = c.Proxy.TLSCert, c.Proxy.TLSKey
		}
		if at := (path{"listener", strconv.Itoa(i), "require_tls"}); !d.set[at.key()] {
			c.Listen[i].RequireTLS = c.Proxy.RequireTLS
		}
	}
	for i := range c.Profiles {
		p := &c.Profiles[i]
		if p.Backend == "" && len(c.Backends) == 1 {
			p.Backend = c.Backends[0].Name
		}
		if len(p.Models) == 0 && len(c.Models) > 0 {
			p.Models = []string{c.Models[0].Name}
		}
	}
	for i := range c.Models {
		if m := &c.Models[i]; m.BaseURL == "" && m.Provider == "openai" {
			m.BaseURL = openAIBase
		}
	}
	for _, dir := range []*string{&c.Catalog.Dir, &c.Store.SpoolDir} {
		if *dir != "" && !filepath.IsAbs(*dir) {
			*dir = filepath.Join(filepath.Dir(file), *dir)
		}
	}
	v := &validator{decoder: d, c: &c, env: o.Env}
	v.secrets()
	v.all()
	d.problems.sort()
	c.lines = d.lines
	return &c, d.problems
}

func syntaxProblem(file string, err error) Problem {
	var pe toml.ParseError
	if errors.As(err, &pe) {
		return Problem{File: file, Line: pe.Position.Line, Message: "not valid TOML: " + strings.TrimSuffix(pe.Message, ".") + ".",
			Hint: "Later problems show once this one is gone."}
	}
	return Problem{File: file, Message: "not valid TOML: " + err.Error() + "."}
}

// cause is an I/O error without the path, which the message names already.
func cause(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}
