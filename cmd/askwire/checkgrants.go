package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/catalog"
	"github.com/askwire/askwire/store"
)

// grants warns about what the account could do beyond SELECT. The guard does not let it, but a second lock costs nothing.
func (c *checker) grants(ctx context.Context, where at, dsn string) {
	ctx, stop := context.WithTimeout(ctx, checkTimeout)
	defer stop()
	db, err := catalog.OpenDB(dsn)
	if err != nil {
		c.add(where, false, err)
		return
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, "SHOW GRANTS")
	if err != nil {
		c.add(where, true, fmt.Errorf("its account's grants could not be read: %w", err))
		return
	}
	defer rows.Close()
	var beyond []string
	for rows.Next() {
		var grant string
		if err := rows.Scan(&grant); err != nil {
			c.add(where, true, err)
			return
		}
		for _, p := range beyondSelect(grant) {
			if !slices.Contains(beyond, p) {
				beyond = append(beyond, p)
			}
		}
	}
	if err := rows.Err(); err != nil {
		c.add(where, true, err)
		return
	}
	if len(beyond) > 0 {
		c.add(where, true, askwire.Errorf(askwire.WrongValue, "its account may do more than SELECT: %s.", strings.Join(beyond, ", ")).
			WithHint("Use an account that has SELECT on the tables of the profiles and nothing else."))
	}
}

// harmless are privileges that read no more than a SELECT-only account needs.
var harmless = []string{"SELECT", "USAGE", "SHOW VIEW", "SHOW DATABASES"}

// beyondSelect lists what one line of SHOW GRANTS gives beyond SELECT.
func beyondSelect(grant string) []string {
	rest, ok := strings.CutPrefix(grant, "GRANT ")
	if !ok {
		return nil // MySQL 8 also lists REVOKE lines, which only take away
	}
	list, target, ok := strings.Cut(rest, " ON ")
	if !ok {
		role, _, _ := strings.Cut(rest, " TO ")
		return []string{"what the role " + role + " may"}
	}
	var out []string
	for _, p := range splitPrivileges(list) {
		if name, _, _ := strings.Cut(p, " ("); !slices.Contains(harmless, name) {
			out = append(out, name)
		}
	}
	if strings.HasSuffix(target, " WITH GRANT OPTION") {
		out = append(out, "GRANT OPTION")
	}
	return out
}

// splitPrivileges splits at commas outside the lists of columns.
func splitPrivileges(list string) []string {
	var out []string
	depth, start := 0, 0
	for i, r := range list {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth--
		case r == ',' && depth == 0:
			out = append(out, strings.TrimSpace(list[start:i]))
			start = i + 1
		}
	}
	return append(out, strings.TrimSpace(list[start:]))
}

// store looks at the store, and returns the questions that are saved there.
func (c *checker) store(ctx context.Context) []askwire.SavedQuestion {
	dsn := c.cfg.Store.DSN.Reveal()
	if dsn == "" {
		return nil // the file's problem, which has been said
	}
	ctx, stop := context.WithTimeout(ctx, checkTimeout)
	defer stop()
	where := at{section: "store"}
	found, unread, err := store.Inspect(ctx, dsn)
	if err != nil {
		c.add(where, true, fmt.Errorf("was not reached: %w", err))
		return nil
	}
	if unread != nil {
		c.add(where, true, fmt.Errorf("its tables could not be read: %w", unread))
	}
	if found.Version > found.Wanted {
		c.add(where, false, askwire.Errorf(askwire.WrongValue, "its tables are of version %d, and this askwire knows version %d.", found.Version, found.Wanted).
			WithHint("A newer askwire has migrated them: use that one, or another schema."))
	}
	if lacks := lacking(found.Grants, storeSchema, storeRights); len(lacks) > 0 {
		c.add(where, false, askwire.Errorf(askwire.WrongValue, "its account lacks %s on the schema %s.", strings.Join(lacks, ", "), storeSchema).
			WithHint("GRANT ALL ON %s.* TO the account.", storeSchema))
	}
	return found.Questions
}

const storeSchema = "askwire"

// storeRights are what the store does on its schema, migrations included.
var storeRights = []string{"SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "INDEX", "CREATE VIEW", "SHOW VIEW"}

// lacking lists the privileges that SHOW GRANTS does not show for a schema. What a role gives is not shown there: with a role
// nothing is said to be lacking.
func lacking(grants []string, schema string, wanted []string) []string {
	var have []string
	for _, g := range grants {
		rest, ok := strings.CutPrefix(g, "GRANT ")
		if !ok {
			continue
		}
		list, target, ok := strings.Cut(rest, " ON ")
		if !ok {
			return nil
		}
		target, _, _ = strings.Cut(target, " TO ")
		db, table, _ := strings.Cut(target, ".")
		if table != "*" || !matches(strings.Trim(db, "`"), schema) {
			continue
		}
		privileges := splitPrivileges(list)
		if slices.Contains(privileges, "ALL PRIVILEGES") {
			return nil
		}
		have = append(have, privileges...)
	}
	return slices.DeleteFunc(slices.Clone(wanted), func(p string) bool { return slices.Contains(have, p) })
}

// matches reports whether the database of a grant, where % and _ are wildcards unless escaped, is the schema.
func matches(pattern, schema string) bool {
	switch {
	case pattern == "*":
		return true
	case pattern == "":
		return schema == ""
	case pattern[0] == '%':
		return matches(pattern[1:], schema) || schema != "" && matches(pattern, schema[1:])
	case pattern[0] == '\\' && len(pattern) > 1:
		pattern = pattern[1:]
	case pattern[0] == '_':
		return schema != "" && matches(pattern[1:], schema[1:])
	}
	return schema != "" && pattern[0] == schema[0] && matches(pattern[1:], schema[1:])
}
