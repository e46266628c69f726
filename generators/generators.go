// Package generators makes the sample data of the four demo domains: ad, edu, ecommerce and hr, each a database of six
// tables with keys, foreign keys and comments in Korean and English.
//
// The rows are realistic and correlated (an order's amount is the sum of its items, orders follow sign-ups, scores follow
// a student's ability) and decided by Options alone: the same seed, scale and day give the same rows. (They hang on
// floating point, which may round otherwise on another processor architecture.)
// Load writes them into any MySQL-compatible server, WriteSQL into a file for the mysql client, Rows hands them out one
// by one. Annotations holds what the catalog should know about the tables, and the saved questions.
//
// What has happened ended the day before Options.Today, so that nothing lies in the future of a server that lives in that
// day; leave and courses may be planned some weeks ahead. The rows are made up: e-mail addresses are under example.com,
// and no person or company is meant.
package generators

import (
	"embed"
	"io/fs"
	"math"
	"strings"
	"time"

	"github.com/askwire/askwire"
)

// Domain is one sample database.
type Domain struct {
	Name    string // of the database
	TitleKo string
	TitleEn string
	Tables  []Table // parents before children
}

// Table is one table of a domain.
type Table struct {
	Name   string
	Create string // CREATE TABLE with the database's name, no semicolon

	full    string // Create with the lines for servers with vectors
	columns []column
}

// Options say which rows to make and how to write them. The zero value means every domain at scale 1, with seed 1 and
// the present day.
type Options struct {
	Domains []string       // names of Domains(); none = all
	Scale   float64        // 1 is about 100,000 rows in all; 0 means 1
	Seed    uint64         // 0 means 1
	Today   time.Time      // only the day counts; zero means now
	Family  askwire.Family // of the server written to; "" means MariaDB
	Version string         // the server's version as it greets, such as "11.8.2-MariaDB"
	Vectors bool           // add the embedding column where Family and Version have vectors

	// Replace drops and makes anew the tables of the chosen domains; without it, tables that exist are an error.
	Replace bool

	// Progress, when set, is called before the first and after every batch of a table.
	Progress func(domain, table string, done, total int64)
}

//go:embed schema/*.sql
var schemaFiles embed.FS

//go:embed samples/*.toml
var sampleFiles embed.FS

var domains = []struct {
	name, ko, en string
	generate     func(*source)
}{
	{"ad", "광고", "Advertising", generateAd},
	{"edu", "교육", "Education", generateEdu},
	{"ecommerce", "전자상거래", "E-commerce", generateEcommerce},
	{"hr", "인사", "Human resources", generateHR},
}

// Domains returns the four sample databases with their DDL.
func Domains() []Domain {
	out := make([]Domain, 0, len(domains))
	for _, d := range domains {
		out = append(out, Domain{Name: d.name, TitleKo: d.ko, TitleEn: d.en, Tables: readSchema(d.name)})
	}
	return out
}

// Annotations returns samples/<domain>.toml: names of tables and columns in two languages, synonyms, glossary,
// relationships and saved questions.
func Annotations() fs.FS { return sampleFiles }

// Rows makes the rows of the chosen domains, table by table, parents before children, and hands each to yield with the
// table's columns in the order of its CREATE TABLE. Values are nil, int64 or string; dates are "2006-01-02", times
// "2006-01-02 15:04:05", decimals that are not whole are strings. The row is valid until yield returns. Rows stops at
// yield's first error and returns it. The embedding column is left out.
func Rows(o Options, yield func(domain, table string, row []any) error) error {
	o, chosen, err := o.normal()
	if err != nil {
		return err
	}
	for _, d := range chosen {
		s := newSource(o, d.Name, func(table string, row []any) error { return yield(d.Name, table, row) })
		generatorOf(d.Name)(s)
		if s.err != nil {
			return s.err
		}
	}
	return nil
}

func generatorOf(domain string) func(*source) {
	for _, d := range domains {
		if d.name == domain {
			return d.generate
		}
	}
	panic("generators: no domain " + domain)
}

// normal fills in the defaults and finds the chosen domains.
func (o Options) normal() (Options, []Domain, error) {
	if o.Scale == 0 {
		o.Scale = 1
	}
	if !(o.Scale > 0) || math.IsInf(o.Scale, 0) || o.Scale > 1000 {
		return o, nil, askwire.Errorf(askwire.WrongValue, "The scale %g is out of range.", o.Scale).
			WithHint("Choose a number above 0 and up to 1000; 1 is about 100,000 rows.")
	}
	if o.Seed == 0 {
		o.Seed = 1
	}
	if o.Today.IsZero() {
		o.Today = time.Now()
	}
	if o.Family == "" {
		o.Family = askwire.MariaDB
	}
	all := Domains()
	if len(o.Domains) == 0 {
		return o, all, nil
	}
	var chosen []Domain
	for _, name := range o.Domains {
		found := false
		for _, d := range all {
			if d.Name == name {
				chosen, found = append(chosen, d), true
			}
		}
		if !found {
			return o, nil, askwire.Errorf(askwire.WrongValue, "There is no sample domain %q.", name).
				WithHint("Choose from %s.", strings.Join(domainNames(), ", "))
		}
	}
	return o, chosen, nil
}

func domainNames() []string {
	var names []string
	for _, d := range domains {
		names = append(names, d.name)
	}
	return names
}
