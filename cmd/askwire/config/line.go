package config

import (
	"reflect"
	"slices"
	"strconv"
)

// Line is where the file has an entry of a key of the named element of a section ("profile", "user", "backend", "model"): a
// key of a table in {braces}, or an item of a list. Where the file has no such entry it is the line of the key, or of the
// element; 0 when there is none.
func (c *Config) Line(section, name, key, entry string) int {
	list := field(reflect.ValueOf(c).Elem(), section)
	for i := range list.Len() {
		e := list.Index(i)
		if field(e, "name").String() != name {
			continue
		}
		at := path{section, strconv.Itoa(i), key}
		if entry != "" {
			if items, ok := field(e, key).Interface().([]string); ok {
				entry = strconv.Itoa(slices.Index(items, entry))
			}
			at = at.with(entry)
		}
		d := decoder{lines: c.lines}
		return d.line(at)
	}
	return 0
}

// field is the field with that name in the file.
func field(v reflect.Value, key string) reflect.Value {
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("toml") == key {
			return v.Field(i)
		}
	}
	panic("config: the file format has no key " + key)
}
