package proxy

import (
	"context"
	"slices"
	"strings"

	"github.com/askwire/askwire"
)

// charsets are those that this proxy can serve truthfully: text travels as UTF-8, whatever it is called.
var charsets = []string{"utf8mb4", "utf8mb3", "utf8"}

func setNames(s *session, _ context.Context, x setting) error {
	name := strings.ToLower(x.v.Text)
	if x.isDefault() {
		name = "utf8mb4"
	}
	if name != "binary" && !slices.Contains(charsets, name) {
		return unknownCharset(name)
	}
	coll := strings.ToLower(x.Collate)
	if coll == "" {
		coll = collationOf(name, s.server())
	}
	if err := checkCollation(s, coll); err != nil {
		return err
	}
	if name == "utf8" {
		name = "utf8mb3"
	}
	for _, v := range []string{"character_set_client", "character_set_connection", "character_set_results"} {
		s.vars.put(v, name)
	}
	s.vars.put("collation_connection", coll)
	return nil
}

func unknownCharset(name string) error {
	return askwire.Errorf(askwire.UnknownCharset, "The character set '%.64s' is not served.", strings.ToValidUTF8(name, "?")).
		WithHint("Use utf8mb4: SET NAMES utf8mb4.")
}

func setCharset(s *session, _ context.Context, x setting) error {
	name := strings.ToLower(x.v.Text)
	switch {
	case x.isDefault():
		delete(s.vars.set, x.Name)
		return nil
	case x.v.Kind == askwire.Null && x.Name == "character_set_results":
		s.vars.put(x.Name, nullVar)
		return nil
	case name == "binary" && x.Name == "character_set_results":
	case !slices.Contains(charsets, name):
		return unknownCharset(name)
	}
	if name == "utf8" {
		name = "utf8mb3"
	}
	s.vars.put(x.Name, name)
	return nil
}

func setCollation(s *session, _ context.Context, x setting) error {
	if x.isDefault() {
		delete(s.vars.set, x.Name)
		return nil
	}
	coll := strings.ToLower(x.v.Text)
	if err := checkCollation(s, coll); err != nil {
		return err
	}
	s.vars.put(x.Name, coll)
	return nil
}

func checkCollation(s *session, coll string) error {
	known := strings.HasPrefix(coll, "utf8") || coll == "binary"
	if all := s.server().Collations; known && len(all) > 0 && !strings.HasPrefix(coll, "utf8_") {
		known = slices.ContainsFunc(all, func(c string) bool { return strings.EqualFold(c, coll) })
	}
	if !known {
		return askwire.Errorf(askwire.UnknownCollation, "Unknown collation: '%.64s'.", strings.ToValidUTF8(coll, "?")).
			WithHint("SHOW COLLATION LIKE 'utf8mb4%%' lists those that can be used.")
	}
	return nil
}

func collationOf(charset string, server *askwire.Server) string {
	switch charset {
	case "utf8mb4":
		return defaultCollation(server)
	case "binary":
		return "binary"
	default:
		return "utf8mb3_general_ci"
	}
}
