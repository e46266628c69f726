package config

import (
	"errors"
	"io/fs"
	"reflect"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/catalog"
)

// Annotations reads every *.toml of a folder, in the order of names, as strictly as config.toml. A folder that does not exist
// holds none. Dir is how messages name the folder.
func Annotations(fsys fs.FS, dir string) ([]catalog.Annotations, Problems) {
	var files []string
	err := fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !e.IsDir() && strings.HasSuffix(name, ".toml") && !strings.HasPrefix(e.Name(), ".") {
			files = append(files, name)
		}
		return nil
	})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, Problems{{File: dir, Message: "cannot be read: " + cause(err) + ".", Hint: "Check catalog.dir and the folder's permissions."}}
	}
	slices.Sort(files)
	var out []catalog.Annotations
	var problems Problems
	for _, name := range files {
		a, ps := annotation(fsys, name, dir+"/"+name)
		if a != nil {
			out = append(out, *a)
		}
		problems = append(problems, ps...)
	}
	for _, err := range catalog.Contradictions(out) {
		var e *askwire.Error
		if errors.As(err, &e) {
			problems = append(problems, Problem{Message: e.Message, Hint: e.Hint})
		}
	}
	return out, problems
}

func annotation(fsys fs.FS, name, shown string) (*catalog.Annotations, Problems) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, Problems{{File: shown, Message: "cannot be read: " + cause(err) + ".", Hint: "Check its permissions."}}
	}
	var tree map[string]any
	if _, err := toml.Decode(string(text), &tree); err != nil {
		return nil, Problems{syntaxProblem(shown, err)}
	}
	a := catalog.Annotations{File: shown}
	d := &decoder{file: shown, lines: positions(string(text)), set: map[string]bool{}}
	d.table(nil, "", tree, reflect.ValueOf(&a).Elem())
	d.problems.sort()
	if d.problems.Fatal() {
		return nil, d.problems
	}
	return &a, nil
}
