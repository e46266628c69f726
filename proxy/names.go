package proxy

import (
	"slices"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/proxy/wire"
)

// loginCollations are the collations that clients name in the connection phase, by the servers' numbers. Others are left at the
// server's default: text is UTF-8 here whatever it is called.
var loginCollations = map[uint16]string{
	33: "utf8mb3_general_ci", 83: "utf8mb3_bin", 192: "utf8mb3_unicode_ci",
	45: "utf8mb4_general_ci", 46: "utf8mb4_bin", 224: "utf8mb4_unicode_ci", 246: "utf8mb4_unicode_520_ci", 255: "utf8mb4_0900_ai_ci",
}

// names takes over the collation of the connection phase, as a server does, which counts like a SET NAMES.
func (s *session) names(number uint16) {
	name := loginCollations[number]
	if name == "" || name == defaultCollation(s.server()) || !s.hasCollation(name) {
		return
	}
	charset, _, _ := strings.Cut(name, "_")
	for _, v := range []string{"character_set_client", "character_set_connection", "character_set_results"} {
		s.vars.put(v, charset)
	}
	s.vars.put("collation_connection", name)
}

func (s *session) hasCollation(name string) bool {
	known := s.server().Collations
	return len(known) == 0 || slices.ContainsFunc(known, func(c string) bool { return strings.EqualFold(c, name) })
}

// collation is what backend connections are pinned to; "" is the default. Its character set is that of the results.
func (s *session) collation() string {
	name := s.vars.set["collation_connection"]
	if strings.HasPrefix(name, "utf8_") {
		name = "utf8mb3" + name[len("utf8"):]
	}
	charset, _, _ := strings.Cut(name, "_")
	if s.server().Family == askwire.Embedded {
		return "" // it has one
	}
	switch results := s.vars.set["character_set_results"]; {
	case name == "" || charset != "utf8mb4" && charset != "utf8mb3", name == defaultCollation(s.server()) && results != "utf8mb3":
		return ""
	case results != "" && results != nullVar && results != charset: // SET character_set_results alone: the collation cannot follow
		if results == "utf8mb3" {
			return "utf8mb3_general_ci"
		}
		return ""
	case !s.hasCollation(name):
		return ""
	}
	return name
}

// rawResults reports whether the client wants each column in its own character set, as Connector/J does.
func (s *session) rawResults() bool {
	family := s.server().Family
	return s.vars.set["character_set_results"] == nullVar && (family == askwire.MariaDB || family == askwire.MySQL)
}

// collationNumber is the number of the collation of text in results, and how many bytes a character has at most.
func (s *session) collationNumber() (number uint16, width uint32) {
	name := firstOf(s.collation(), defaultCollation(s.server()))
	width = 4
	if strings.HasPrefix(name, "utf8mb3") {
		width = 3
	}
	for n, c := range loginCollations {
		if c == name {
			return n, width
		}
	}
	return wire.CollationUTF8MB4, width
}
