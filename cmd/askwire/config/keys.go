package config

import (
	"reflect"
	"slices"
)

// Keys lists every key that config.toml may hold, without its section, sorted.
func Keys() []string {
	seen := map[string]bool{}
	keysOf(reflect.TypeFor[Config](), seen)
	var out []string
	for k := range seen {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func keysOf(t reflect.Type, seen map[string]bool) {
	if t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if tag := f.Tag.Get("toml"); tag != "" && tag != "-" {
			seen[tag] = true
			keysOf(f.Type, seen)
		}
	}
}
