package main

import (
	"os"
	"strings"
)

// functions finds the mutants of functions.txt.
func (w *world) functions(file string) error {
	b, err := os.ReadFile(file) //nolint:gosec // of the repository
	if err != nil {
		return err
	}
	for i, line := range strings.Split(string(b), "\n") {
		f := strings.Fields(line)
		if len(f) < 2 || f[0] == "#" {
			continue
		}
		add := func(what, with string) { w.change(file, i+1, what+": "+line, "TestFunctionList", line, with) }
		add("deleted", "#")
		if f[0] == "deny" {
			add("allowed", "allow "+f[1]+" "+f[2])
		} else {
			add("denied", "deny "+f[1]+" "+f[2]+" it is denied")
		}
		for _, letter := range "mat" {
			if !strings.ContainsRune(f[2], letter) {
				add("has "+string(letter), strings.Replace(line, " "+f[2], " "+f[2]+string(letter), 1))
				break
			}
		}
	}
	return nil
}

// metadata finds the mutants of metadata.txt.
func (w *world) metadata(file string) error {
	b, err := os.ReadFile(file) //nolint:gosec // of the repository
	if err != nil {
		return err
	}
	for i, line := range strings.Split(string(b), "\n") {
		f := strings.Fields(line)
		if len(f) < 3 || f[0] == "#" {
			continue
		}
		add := func(what, with string) {
			w.change(file, i+1, f[1]+": "+what, "TestMetadataList", line, with)
		}
		add("deleted", "# "+line)
		rest := strings.TrimPrefix(line, f[0])
		if f[0] == "global" {
			add("empty", "empty"+rest)
		} else {
			add("not reduced", "global"+rest)
		}
		for j, col := range f[2:] {
			cols := append(append([]string(nil), f[:2+j]...), f[3+j:]...)
			add("without "+col, strings.Join(cols, " "))
			if name, _, some := strings.Cut(col, "["); some {
				cols = append([]string(nil), f...)
				cols[2+j] = name
				add(name+" on all engines", strings.Join(cols, " "))
			}
		}
	}
	return nil
}
