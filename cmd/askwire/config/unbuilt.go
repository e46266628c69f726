package config

import (
	"reflect"
	"strconv"
)

type unbuiltKey struct {
	path    path // "*" = every element
	neutral any
	reason  string
}

// unbuiltKeys is the whole list of what the file format has and this version does not do. Such a key is accepted at its
// neutral value and refused at any other, so that nobody believes in a setting that has no effect.
var unbuiltKeys = []unbuiltKey{
	{path{"model", "*", "embeddings_model"}, "", "tables are found by their words, names and comments"},
}

func (d *decoder) unbuilt(tree map[string]any) {
	for _, k := range unbuiltKeys {
		d.unbuiltAt(nil, "", k.path, tree, k)
	}
}

func (d *decoder) unbuiltAt(at path, where string, rest path, in any, k unbuiltKey) {
	if len(rest) == 0 {
		if !reflect.DeepEqual(in, k.neutral) {
			d.problem(at, where, "not built yet: %s.", k.reason).Hint = "Remove the key or leave it at its default."
		}
		return
	}
	if rest[0] == "*" {
		list, _ := anySlice(in)
		for i, e := range list {
			m, _ := e.(map[string]any)
			d.unbuiltAt(at.with(strconv.Itoa(i)), elementName(where, i, m), rest[1:], e, k)
		}
		return
	}
	if m, ok := in.(map[string]any); ok {
		if v, ok := m[rest[0]]; ok {
			d.unbuiltAt(at.with(rest[0]), join(where, rest[0]), rest[1:], v, k)
		}
	}
}
