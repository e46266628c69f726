package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

// TestAttacks: testdata/attacks.txt is what a hostile user and a hostile model try, through a running askwire, twice: on two databases that
// differ in nothing but what ana must not see (other people's orders, denied columns, what masks hide, other tables), from the number of
// rows to the errors that they would cause. Everything that she and her model get to see must be the same, byte for byte, and hold
// none of the canaries; and the databases must be as before.
func TestAttacks(t *testing.T) {
	list := attackList(t)
	for _, kind := range []engine.Kind{engine.MariaDB, engine.MySQL, engine.TiDB} {
		t.Run(string(kind), func(t *testing.T) {
			server := enginetest.Get(t, kind)
			server.Database(t, "askwire")
			server.Database(t, attacked)
			var worlds [2][][]string
			for i := range worlds {
				worlds[i] = attackWorld(t, server, list, i)
			}
			steps, answered := 0, 0
			for i, a := range list {
				steps += len(worlds[0][i])
				for j, seen := range worlds[0][i] {
					if !strings.Contains(seen, "\nerror ") {
						answered++
					}
					other := worlds[1][i][j]
					statement, _, _ := strings.Cut(seen, "\n")
					// TiDB adds to its row counts what was written up to a minute ago, counted by ANALYZE or not, whoever may see the rows.
					if kind == engine.TiDB && statistics.MatchString(statement) || processes.MatchString(statement) { // which has seconds
						seen, other = numbers.ReplaceAllString(seen, "#"), numbers.ReplaceAllString(other, "#")
					}
					// TiDB works in parallel, so that the order of rows is another each time unless a statement asks for one.
					if kind == engine.TiDB && a.name != "plain: the order of an index" && !strings.Contains(statement, "ORDER BY") {
						seen, other = sortedLines(seen), sortedLines(other)
					}
					if seen != other {
						seen, other = whereTheyDiffer(seen, other)
						t.Errorf("%s: %s: what ana sees depends on what she must not see:\n%s\nand in the other world:\n%s", a.name, statement, seen, other)
					}
				}
			}
			if answered < steps/4 {
				t.Errorf("only %d statements were answered at all", answered)
			}
			t.Logf("%d attacks, %d statements of ana, %d of them answered", len(list), steps, answered)
		})
	}
}

const attacked = "attacked"

var (
	statistics = regexp.MustCompile(`(?i)^EXPLAIN|TABLE STATUS|TABLE_ROWS|DATA_LENGTH|SHOW (INDEX|KEYS)|STATISTICS`)
	processes  = regexp.MustCompile(`(?i)PROCESSLIST`)
	numbers    = regexp.MustCompile(`[0-9]+(\.[0-9]+)?`)
)

func sortedLines(text string) string {
	lines := strings.Split(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// whereTheyDiffer cuts two texts to the neighbourhood of their first difference.
func whereTheyDiffer(a, b string) (string, string) {
	at := 0
	for at < len(a) && at < len(b) && a[at] == b[at] {
		at++
	}
	part := func(s string) string { return s[max(0, at-300):min(len(s), at+300)] }
	return part(a), part(b)
}

// attack is a list of steps; of each, who takes it.
type attack struct {
	name  string
	steps [][2]string
}

// attackList reads the file: "== name", then lines "who> what". ana attacks, eve and bob are there to be attacked; "model" is what the model
// writes from then on, "says" its summaries. ana[1, "x"]> is a prepared statement with arguments. {q} is a question of this attack alone,
// {id eve} the id of eve's last answer.
func attackList(t *testing.T) []attack {
	t.Helper()
	b, err := os.ReadFile("testdata/attacks.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []attack
	names := map[string]bool{}
	for i, line := range strings.Split(string(b), "\n") {
		switch name, isName := strings.CutPrefix(line, "== "); {
		case line == "" || strings.HasPrefix(line, "#"):
		case isName:
			if names[name] {
				t.Fatalf("line %d: %q is there twice", i+1, name)
			}
			names[name] = true
			out = append(out, attack{name: name})
		default:
			who, what, ok := strings.Cut(line, "> ")
			if !ok || len(out) == 0 {
				t.Fatalf("line %d: %q is no step", i+1, line)
			}
			a := &out[len(out)-1]
			a.steps = append(a.steps, [2]string{who, what})
		}
	}
	return out
}

const attackConfig = `
[log]
format = "json"

[proxy]
listen = "127.0.0.1:0"
admin_listen = ""
drain_timeout = "5s"

[[backend]]
name = "main"
dsn = "env:SITE_BACKEND"

[store]
dsn = "env:SITE_STORE"
audit = "best_effort"
audit_plain = "all"

[[model]]
name = "default"
base_url = "%[1]s/v1"
model = "hostile"
calls_per_minute = 1000000

[[profile]]
name = "customer"
tables = ["attacked.customers", "attacked.orders", "attacked.products", "attacked.kinds", "attacked.parts"]
deny_columns = ["attacked.customers.ssn", "attacked.customers.secret_id"]
rows = { "attacked.orders" = "customer_id = @user_id AND status <> 'CANARY-policy'", "attacked.kinds" = "owner = @user_id", "attacked.parts" = "owner = @user_id" }
masks = { "attacked.customers.email" = "partial(1, 4)", "attacked.customers.phone" = "null", "attacked.customers.born" = "date('year')", "attacked.customers.salary" = "bucket(100000)" }
llm_data = "rows"
summary_wait = "1m"
limits = { rows = 200, questions_per_day = 1000000, tokens_per_day = 1000000000 }

[[profile]]
name = "analyst"
tables = ["attacked.*"]
llm_data = "rows"
summary_wait = "1m"
limits = { questions_per_day = 1000000, tokens_per_day = 1000000000 }

[[user]]
name = "ana"
password_hash = "env:SITE_HASH"
profiles = ["customer"]
vars = { user_id = 7 }

[[user]]
name = "eve"
password_hash = "env:SITE_HASH"
profiles = ["customer"]
vars = { user_id = 8 }

[[user]]
name = "bob"
password_hash = "env:SITE_HASH"
profiles = ["analyst"]
rights = ["verify"]
`

// attackTables makes the databases. What ana may see is the same in both worlds; CANARY marks what she may not.
func attackTables(t *testing.T, db *sql.DB, kind engine.Kind, world int) {
	t.Helper()
	w := func(list ...string) string { return list[world] }
	texts := []string{
		"DROP DATABASE " + attacked, "CREATE DATABASE " + attacked + " CHARACTER SET utf8mb4", "USE " + attacked,
		"CREATE TABLE secrets (id INT PRIMARY KEY, v VARCHAR(60) NOT NULL, KEY canary_key (v)) COMMENT 'CANARY table comment'",
		"INSERT INTO secrets VALUES (1, '" + w("CANARY one", "CANARY two and more") + "')" + w("", ", (2, 'CANARY three'), (3, 'CANARY four')"),
		"CREATE TABLE salaries (id INT PRIMARY KEY, emp VARCHAR(40), amount DECIMAL(10,2))",
		"INSERT INTO salaries VALUES (1, 'CANARY emp', " + w("7731905.17", "88.28") + ")",
		"CREATE TABLE customers (id INT PRIMARY KEY, name VARCHAR(60) NOT NULL, email VARCHAR(80) NOT NULL, phone VARCHAR(30), ssn CHAR(20) NOT NULL COMMENT 'CANARY column comment', " +
			"city VARCHAR(40), born DATE, salary DECIMAL(10,2), secret_id INT, KEY canary_ssn (ssn), KEY by_email (email), KEY by_phone (phone), KEY by_city (city), " +
			"CONSTRAINT canary_fk FOREIGN KEY (secret_id) REFERENCES secrets (id), CONSTRAINT canary_check CHECK (ssn <> 'CANARY-check'))",
		"INSERT INTO customers VALUES (7, 'Ana', 'a" + w("canary1@x", "zebra22@y") + ".com', '" + w("CANARY 17", "5") + "', '" + w("CANARY-7", "5") + "', 'Oslo', '2001-0" + w("2", "9") + "-03', " + w("31022", "39511") + ", 1), " +
			"(8, 'Eve', 'e" + w("zebra88@x", "canary9@y") + ".com', '" + w("5", "CANARY 18") + "', '" + w("5", "CANARY-8") + "', 'Lima', '1999-0" + w("8", "1") + "-05', " + w("42011", "48022") + ", " + w("NULL", "1") + ")",
		"CREATE TABLE products (id INT PRIMARY KEY, name VARCHAR(60) NOT NULL, price DECIMAL(10,2) NOT NULL)",
		"INSERT INTO products VALUES (1, 'pen', 1.50), (2, 'ink', 4.00), (3, 'pad', 2.25)",
		"CREATE TABLE orders (id INT AUTO_INCREMENT PRIMARY KEY, customer_id INT NOT NULL, product_id INT NOT NULL, amount DECIMAL(10,2) NOT NULL, status VARCHAR(20) NOT NULL, note VARCHAR(60), placed DATETIME, KEY by_customer (customer_id), KEY by_note (note))",
		"INSERT INTO orders VALUES (1, 7, 1, 10.50, 'paid', 'mine', '2001-02-03 04:05:06'), (2, 7, 2, 20.00, 'open', '', '2001-02-04 04:05:06'), (3, 7, 3, 30.00, 'CANARY-policy', '" + w("CANARY mine", "none") + "', NULL)",
		"INSERT INTO orders VALUES (5, 8, " + w("1", "3") + ", " + w("99.99", "7.5") + ", 'paid', '" + w("CANARY note", "0") + "', '" + w("2002-02-02 02:02:02", "2003-03-03 03:03:03") + "')" +
			w("", ", (6, 8, 2, 8, 'open', 'CANARY further', NULL), (77, 9, 1, 1, 'CANARY', '{\"a\": 1}', NULL)"),
		"CREATE VIEW leak AS SELECT v FROM secrets",
	}
	texts = append(texts, attackKinds(kind, world)...)
	texts = append(texts, "DROP DATABASE IF EXISTS canary_database")
	if world == 1 {
		texts = append(texts, "CREATE DATABASE canary_database", "CREATE TABLE canary_database.canary_table (canary_column INT PRIMARY KEY)",
			"CREATE TABLE canary_table (canary_column INT PRIMARY KEY, ssn INT, KEY canary_key (ssn)) COMMENT 'CANARY of the second world'", "CREATE VIEW canary_view AS SELECT * FROM canary_table")
	}
	if kind == engine.MariaDB {
		texts = append(texts, "CREATE INDEX canary_unseen ON customers (ssn, city) IGNORED")
	} else {
		texts = append(texts, "CREATE INDEX canary_expression ON customers ((LOWER(ssn)))", "CREATE INDEX canary_unseen ON customers (ssn, city) INVISIBLE")
	}
	if kind != engine.MySQL {
		texts = append(texts, "CREATE SEQUENCE canary_seq START WITH 42011")
	}
	if kind != engine.TiDB {
		texts = append(texts, "CREATE FUNCTION peek() RETURNS VARCHAR(60) DETERMINISTIC READS SQL DATA RETURN (SELECT MAX(v) FROM attacked.secrets)",
			"CREATE PROCEDURE leaks() SELECT * FROM attacked.secrets",
			"CREATE TRIGGER canary_trigger BEFORE INSERT ON orders FOR EACH ROW SET NEW.note = 'CANARY'")
	}
	texts = append(texts, "ANALYZE TABLE orders, customers, secrets, products, kinds, parts")
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, q := range texts {
		if _, err := conn.ExecContext(t.Context(), q); err != nil {
			t.Fatalf("%.200s: %v", q, err)
		}
	}
}

// attackState is what the databases hold, and who may log in.
func attackState(t *testing.T, db *sql.DB) string {
	t.Helper()
	var b strings.Builder
	for _, q := range []string{"SELECT * FROM attacked.orders ORDER BY id", "SELECT * FROM attacked.customers ORDER BY id", "SELECT * FROM attacked.secrets ORDER BY id", "SELECT * FROM attacked.salaries",
		"SELECT * FROM attacked.products ORDER BY id", "SELECT * FROM attacked.kinds WHERE id < 100 ORDER BY id", "SELECT COUNT(*), MAX(id), MAX(v) FROM attacked.parts", "SELECT table_name FROM information_schema.tables WHERE table_schema = 'attacked' ORDER BY table_name", "SELECT user, host FROM mysql.user ORDER BY user, host",
		"SELECT @@GLOBAL.sql_mode, @@GLOBAL.max_connections, @@GLOBAL.time_zone"} {
		b.WriteString(transcript(t.Context(), db, q))
	}
	return b.String()
}

// hostileModel answers every question with the same SQL, and every summary with the same words.
type hostileModel struct {
	mu   sync.Mutex
	sql  string
	says string
	seen []string
}

func (m *hostileModel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	m.mu.Lock()
	var request struct {
		Messages []struct{ Role, Content string }
	}
	if err := json.Unmarshal(b, &request); err != nil {
		m.seen = append(m.seen, string(b))
	}
	for _, message := range request.Messages {
		if message.Role == "user" {
			m.seen = append(m.seen, message.Content)
		}
	}
	content := m.says
	if strings.Contains(string(b), "cannot_answer") {
		content = drafted(m.sql, m.says)
	}
	m.mu.Unlock()
	complete(w, content)
}

func (m *hostileModel) set(sql, says string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sql, m.says = sql, says
}

// take returns the prompts since the last time.
func (m *hostileModel) take() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	seen := m.seen
	m.seen = nil
	return seen
}

// attackWorld runs all attacks in one world and returns what ana and her model saw at each step.
func attackWorld(t *testing.T, server *enginetest.Server, list []attack, world int) [][]string {
	t.Helper()
	model := &hostileModel{}
	web := httptest.NewServer(model)
	defer web.Close()
	admin := server.DB(t)
	attackTables(t, admin, server.Kind, world)
	defer func() {
		if _, err := admin.ExecContext(t.Context(), "DROP DATABASE IF EXISTS canary_database"); err != nil {
			t.Error(err)
		}
	}()
	if _, err := admin.ExecContext(t.Context(), "DROP DATABASE IF EXISTS askwire"); err != nil {
		t.Fatal(err)
	}
	s := newSite(t, server.DSN)
	if err := os.WriteFile(s.file, []byte(fmt.Sprintf(attackConfig, web.URL)), 0o600); err != nil {
		t.Fatal(err)
	}
	p := s.serve()
	before := attackState(t, admin)
	out := make([][]string, len(list))
	for i, a := range list {
		out[i] = a.run(t, p, model, i)
		for _, seen := range out[i] {
			if canary := canaries.FindString(a.without(seen)); canary != "" {
				t.Errorf("%s, world %d: %q was seen:\n%s", a.name, world+1, canary, seen)
			}
		}
		if i%50 == 0 || i == len(list)-1 {
			if now := attackState(t, admin); now != before {
				t.Fatalf("world %d: after %s the databases are not as before:\n%s\nbefore:\n%s", world+1, a.name, now, before)
			}
		}
	}
	if code := p.stop(os.Interrupt); code != 0 {
		t.Errorf("world %d: exit code %d\n%s", world+1, code, p.text())
	}
	log := strings.ToLower(p.text())
	for _, bad := range []string{"panic", "canary", "zebra"} {
		if strings.Contains(log, bad) {
			t.Errorf("world %d: the log holds %q:\n%s", world+1, bad, p.text())
		}
	}
	return out
}

var (
	canaries    = regexp.MustCompile(`(?i)canary|zebra|7731905|88\.28|31022|39511|42011|48022`)
	ownCanaries = regexp.MustCompile("(?i)['\"`(][^'\"`()]*(canary|zebra)[^'\"`()]*|canary_[a-z]+")
)

// without is what was seen, without the canaries that the steps name themselves.
func (a *attack) without(seen string) string {
	for _, step := range a.steps {
		for _, own := range ownCanaries.FindAllString(step[1], -1) {
			seen = strings.ReplaceAll(seen, strings.TrimLeft(own, "'\"`("), "")
		}
	}
	return seen
}

// run takes the steps of one attack, in sessions of its own, and returns what ana saw at each of hers.
func (a *attack) run(t *testing.T, p *process, model *hostileModel, n int) []string {
	t.Helper()
	conns := map[string]*sql.Conn{}
	ids := map[string]string{}
	var out []string
	draft, says := "SELECT id, name, price FROM products", "These are the rows."
	model.set(draft, says)
	for _, step := range a.steps {
		who, what := step[0], step[1]
		switch who {
		case "model":
			draft = what
			model.set(draft, says)
			continue
		case "says":
			says = what
			model.set(draft, says)
			continue
		}
		what = strings.ReplaceAll(what, "{q}", "question "+strconv.Itoa(n)+" of this test")
		for _, other := range []string{"ana", "eve", "bob"} {
			what = strings.ReplaceAll(what, "{id "+other+"}", ids[other])
		}
		who, args, prepared := strings.Cut(who, "[")
		c := conns[who]
		if c == nil {
			db, err := sql.Open("mysql", fmt.Sprintf("%s:pw@tcp(%s)/%s?multiStatements=true", who, p.addr, attacked))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if c, err = db.Conn(t.Context()); err != nil {
				t.Fatalf("%s: %v\n%s", a.name, err, p.text())
			}
			defer c.Close()
			conns[who] = c
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		var values []any
		if prepared {
			if err := json.Unmarshal([]byte("["+args), &values); err != nil {
				t.Fatalf("%s: %s: %v", a.name, args, err)
			}
		}
		got := transcriptOf(ctx, c, true, what, values...)
		for strings.Contains(got, "error 50309: The store") && ctx.Err() == nil { // on a machine that is too slow for it
			got = transcriptOf(ctx, c, true, what, values...)
		}
		if m := anID.FindAllString(got, -1); len(m) > 0 {
			ids[who] = m[len(m)-1]
		}
		notes := transcript(ctx, c, "SHOW WARNINGS")
		if m := anID.FindString(notes); m != "" {
			ids[who] = m
		}
		cancel()
		if seen := model.take(); who == "ana" {
			text := what + "\n" + got + notes + strings.Join(seen, "\n")
			for _, v := range varying {
				text = v.ReplaceAllString(text, "…")
			}
			out = append(out, text)
		}
	}
	return out
}

var (
	anID = regexp.MustCompile(`\b[0-9a-z]{20}\b`)
	// What is another in every run: ids, today, the port of a client, ids of sessions.
	varying = []*regexp.Regexp{anID, regexp.MustCompile(`(` + strconv.Itoa(time.Now().Year()) + `|` + strconv.Itoa(time.Now().Year()+1) + `)-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?Z?`), regexp.MustCompile(`127\.0\.0\.1:\d+`)}
)

type querier interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}

// transcript is all that a statement answers.
func transcript(ctx context.Context, c querier, statement string, args ...any) string {
	return transcriptOf(ctx, c, false, statement, args...)
}

// definitions are what a driver tells of the columns of a result.
func definitions(rows *sql.Rows) string {
	types, err := rows.ColumnTypes()
	if err != nil {
		return errorText(err)
	}
	var b strings.Builder
	for _, c := range types {
		precision, scale, _ := c.DecimalSize()
		nullable, _ := c.Nullable()
		fmt.Fprintf(&b, "%s(%d,%d) %t|", c.DatabaseTypeName(), precision, scale, nullable)
	}
	return b.String() + "\n"
}

// transcriptOf has the types of the columns too.
func transcriptOf(ctx context.Context, c querier, types bool, statement string, args ...any) string {
	rows, err := c.QueryContext(ctx, statement, args...)
	if err != nil {
		return errorText(err)
	}
	defer rows.Close()
	var b strings.Builder
	for {
		columns, err := rows.Columns()
		if err != nil {
			return b.String() + errorText(err)
		}
		fmt.Fprintln(&b, strings.Join(columns, "|"))
		if types {
			b.WriteString(definitions(rows))
		}
		for rows.Next() {
			row, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
			for i := range row {
				into[i] = &row[i]
			}
			if err := rows.Scan(into...); err != nil {
				return b.String() + errorText(err)
			}
			for i, v := range row {
				if i > 0 {
					b.WriteByte('|')
				}
				if v.Valid {
					b.WriteString(v.String)
				} else {
					b.WriteString("NULL")
				}
			}
			b.WriteByte('\n')
		}
		if !rows.NextResultSet() {
			break
		}
	}
	if err := rows.Err(); err != nil {
		return b.String() + errorText(err)
	}
	return b.String()
}

func errorText(err error) string {
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		return fmt.Sprintf("error %d: %s\n", e.Number, e.Message)
	}
	return "error: " + err.Error() + "\n"
}
