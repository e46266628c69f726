package generators

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/askwire/askwire"
)

// column is what the writers need to know of a column.
type column struct {
	name   string
	vector bool
}

const vectorMark = " -- vector"

var (
	createLine = regexp.MustCompile(`^CREATE TABLE (\w+)\.(\w+) \($`)
	columnLine = regexp.MustCompile(`^  ([a-z_]+) [A-Z]`)
)

// readSchema reads the tables of one database from schema/<domain>.sql, in the file's order. A line that ends in
// "-- vector" belongs to servers with vectors alone and is not part of Table.Create.
func readSchema(domain string) []Table {
	text, err := schemaFiles.ReadFile("schema/" + domain + ".sql")
	if err != nil {
		panic(err) // embedded: it is there or the program does not build
	}
	var tables []Table
	for _, stmt := range strings.Split(string(text), ";\n") {
		stmt = strings.TrimSpace(stmt)
		if stmt == "" {
			continue
		}
		t := Table{full: stmt}
		for _, line := range strings.Split(stmt, "\n") {
			if m := createLine.FindStringSubmatch(line); m != nil {
				t.Name = m[2]
			} else if m := columnLine.FindStringSubmatch(line); m != nil {
				t.columns = append(t.columns, column{name: m[1], vector: strings.HasSuffix(line, vectorMark)})
			}
		}
		tables = append(tables, t)
	}
	for i := range tables {
		tables[i].Create = tables[i].create(false)
	}
	return tables
}

// Columns returns the names of the table's columns, without the embedding.
func (t Table) Columns() []string {
	var names []string
	for _, c := range t.columns {
		if !c.vector {
			names = append(names, c.name)
		}
	}
	return names
}

// create returns the CREATE TABLE statement with or without vector columns.
func (t Table) create(vectors bool) string {
	lines := strings.Split(t.full, "\n")
	kept := lines[:0]
	for _, line := range lines {
		text, vector := strings.CutSuffix(line, vectorMark)
		if !vector || vectors {
			kept = append(kept, text)
		}
	}
	return strings.Join(kept, "\n")
}

// HasVectors reports whether a server of this family and version can hold the embeddings and compare them: MariaDB from
// 11.7, TiDB from 8.4. MySQL has the type but no distance function.
func HasVectors(f askwire.Family, version string) bool {
	switch f {
	case askwire.MariaDB:
		return versionAtLeast(version, 11, 7)
	case askwire.TiDB: // greets as 8.0.11-TiDB-v8.5.0
		if _, own, ok := strings.Cut(version, "-TiDB-"); ok {
			version = strings.TrimPrefix(own, "v")
		}
		return versionAtLeast(version, 8, 4)
	}
	return false
}

func versionAtLeast(version string, major, minor int) bool {
	part := strings.SplitN(version, ".", 3)
	if len(part) < 2 {
		return false
	}
	a, err1 := strconv.Atoi(part[0])
	b, err2 := strconv.Atoi(part[1])
	return err1 == nil && err2 == nil && (a > major || a == major && b >= minor)
}
