package main

import (
	"slices"
	"testing"
)

// Lines as MariaDB 10.11, MySQL 9 and TiDB 8.5 print them.
func TestBeyondSelect(t *testing.T) {
	for grant, want := range map[string][]string{
		"GRANT USAGE ON *.* TO `r`@`%` IDENTIFIED BY PASSWORD '*00'":               nil,
		"GRANT SELECT ON `shop`.* TO `r`@`%`":                                      nil,
		"GRANT SELECT (`a`, `b`), SHOW VIEW ON `shop`.`t` TO `r`@`%`":              nil,
		"GRANT SELECT, INSERT (`a`, `b`), FILE ON `shop`.`t` TO `r`@`%`":           {"INSERT", "FILE"},
		"GRANT ALL PRIVILEGES ON *.* TO 'root'@'%' WITH GRANT OPTION":              {"ALL PRIVILEGES", "GRANT OPTION"},
		"GRANT APPLICATION_PASSWORD_ADMIN,AUDIT_ABORT_EXEMPT ON *.* TO `root`@`%`": {"APPLICATION_PASSWORD_ADMIN", "AUDIT_ABORT_EXEMPT"},
		"GRANT `writer`@`%` TO `r`@`%`":                                            {"what the role `writer`@`%` may"},
		"REVOKE INSERT ON `shop`.* FROM `r`@`%`":                                   nil,
	} {
		if got := beyondSelect(grant); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", grant, got, want)
		}
	}
}
