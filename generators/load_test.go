package generators_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/generators"
	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

// take reserves the four databases of a server for this test.
func take(t *testing.T, s *enginetest.Server) *sql.DB {
	t.Helper()
	for _, d := range generators.Domains() {
		s.Database(t, d.Name)
	}
	return s.DB(t)
}

// today is the day that the server lives in: saved questions ask about its CURDATE().
func today(t *testing.T, db *sql.DB) time.Time {
	t.Helper()
	var text string
	if err := db.QueryRow("SELECT DATE_FORMAT(CURDATE(), '%Y-%m-%d')").Scan(&text); err != nil {
		t.Fatal(err)
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return day
}

// onDay opens a pool whose sessions live in that day, so that a test does not depend on the calendar. The embedded engine
// takes the variable and goes by the clock all the same.
func onDay(t *testing.T, s *enginetest.Server, day time.Time) *sql.DB {
	t.Helper()
	noon := time.Date(day.Year(), day.Month(), day.Day(), 12, 0, 0, 0, time.Local)
	db, err := sql.Open("mysql", s.DSN+"?timestamp="+strconv.FormatInt(noon.Unix(), 10))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if got := today(t, db); s.Kind != engine.Embedded && got.Format(time.DateOnly) != day.Format(time.DateOnly) {
		t.Fatalf("%s lives on %s, want %s", s.Kind, got, day)
	}
	return db
}

func load(t *testing.T, s *enginetest.Server, db *sql.DB, o generators.Options) {
	t.Helper()
	o.Family, o.Version = s.Family, s.Version
	start := time.Now()
	if err := generators.Load(t.Context(), db, o); err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	rows := 0
	for _, d := range generators.Domains() {
		if len(o.Domains) > 0 && !slices.Contains(o.Domains, d.Name) {
			continue
		}
		for _, table := range d.Tables {
			rows += number(t, db, "SELECT COUNT(*) FROM "+d.Name+"."+table.Name)
		}
	}
	t.Logf("%s %s: %d rows in %v, %.0f rows/s", s.Kind, s.Version, rows, took.Round(time.Millisecond), float64(rows)/took.Seconds())
}

func number(t *testing.T, db *sql.DB, query string) int {
	t.Helper()
	var n int
	if err := db.QueryRow(query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func TestLoadedDataHangsTogether(t *testing.T) {
	s := enginetest.Get(t, engine.MariaDB)
	take(t, s)
	db := onDay(t, s, aDay)
	load(t, s, db, generators.Options{Scale: 1, Today: aDay})
	checkData(t, db)
}

func checkData(t *testing.T, db *sql.DB) {
	t.Helper()
	t.Run("Nothing", func(t *testing.T) { // counts of rows that must not be
		for name, query := range map[string]string{
			"an order that is not the sum of its items": `SELECT COUNT(*) FROM ecommerce.orders o LEFT JOIN
				(SELECT order_id, SUM(amount) a FROM ecommerce.order_items GROUP BY order_id) i ON i.order_id = o.id WHERE i.a IS NULL OR i.a <> o.amount`,
			"an item with a wrong amount":   "SELECT COUNT(*) FROM ecommerce.order_items WHERE amount <> quantity * unit_price * (1 - discount_rate)",
			"an item not at the list price": `SELECT COUNT(*) FROM ecommerce.order_items i JOIN ecommerce.products p ON p.id = i.product_id WHERE i.unit_price <> p.price`,
			"an order before the sign-up":   `SELECT COUNT(*) FROM ecommerce.orders o JOIN ecommerce.customers c ON c.id = o.customer_id WHERE o.ordered_at <= c.signed_up_at`,
			"an item before its release": `SELECT COUNT(*) FROM ecommerce.order_items i JOIN ecommerce.orders o ON o.id = i.order_id
				JOIN ecommerce.products p ON p.id = i.product_id WHERE o.ordered_at < p.released_on`,
			"a delivery before its order": "SELECT COUNT(*) FROM ecommerce.orders WHERE delivered_at <= ordered_at",
			"an order of the future":      "SELECT COUNT(*) FROM ecommerce.orders WHERE ordered_at >= CURDATE() OR delivered_at >= CURDATE()",
			"a grade without the spending": `SELECT COUNT(*) FROM ecommerce.customers c LEFT JOIN (SELECT customer_id, SUM(amount) a FROM ecommerce.orders
				WHERE status NOT IN ('CANCELLED', 'REFUNDED') GROUP BY customer_id) o ON o.customer_id = c.id
				WHERE (COALESCE(o.a, 0) >= 2500000) <> (c.grade = 'VIP') OR (COALESCE(o.a, 0) < 300000) <> (c.grade = 'BRONZE')`,
			"more clicks than impressions": "SELECT COUNT(*) FROM ad.daily_stats WHERE clicks > impressions OR conversions > clicks",
			"a day over the budget": `SELECT COUNT(*) FROM (SELECT g.campaign_id, s.stat_date, SUM(s.cost) AS cost, MAX(c.daily_budget) AS budget FROM ad.daily_stats s
				JOIN ad.creatives r ON r.id = s.creative_id JOIN ad.ad_groups g ON g.id = r.ad_group_id JOIN ad.campaigns c ON c.id = g.campaign_id
				GROUP BY g.campaign_id, s.stat_date HAVING cost > budget) x`,
			"a click over the bid": `SELECT COUNT(*) FROM ad.daily_stats s JOIN ad.creatives r ON r.id = s.creative_id
				JOIN ad.ad_groups g ON g.id = r.ad_group_id WHERE s.cost > s.clicks * g.bid`,
			"conversions that are not counted": `SELECT COUNT(*) FROM ad.daily_stats s LEFT JOIN (SELECT creative_id, DATE(converted_at) AS d, COUNT(*) AS n
				FROM ad.conversions GROUP BY creative_id, DATE(converted_at)) x ON x.creative_id = s.creative_id AND x.d = s.stat_date
				WHERE COALESCE(x.n, 0) <> s.conversions`,
			"ads outside the campaign": `SELECT COUNT(*) FROM ad.daily_stats s JOIN ad.creatives r ON r.id = s.creative_id JOIN ad.ad_groups g ON g.id = r.ad_group_id
				JOIN ad.campaigns c ON c.id = g.campaign_id WHERE s.stat_date NOT BETWEEN c.start_date AND c.end_date OR s.stat_date >= CURDATE()`,
			"an enrollment before the registration": `SELECT COUNT(*) FROM edu.enrollments e JOIN edu.students t ON t.id = e.student_id WHERE e.enrolled_on < t.joined_on`,
			"an overbooked course": `SELECT COUNT(*) FROM (SELECT c.id FROM edu.courses c JOIN edu.enrollments e ON e.course_id = c.id
				GROUP BY c.id, c.capacity HAVING COUNT(*) > c.capacity) x`,
			"a teacher of another subject": `SELECT COUNT(*) FROM edu.courses c JOIN edu.instructors i ON i.id = c.instructor_id WHERE i.subject <> c.subject`,
			"a class of the future":        "SELECT (SELECT COUNT(*) FROM edu.attendance WHERE class_date >= CURDATE()) + (SELECT COUNT(*) FROM edu.exam_scores WHERE taken_on >= CURDATE())",
			"a dropout with a final exam":  `SELECT COUNT(*) FROM edu.exam_scores x JOIN edu.enrollments e ON e.id = x.enrollment_id WHERE e.status = 'DROPPED' AND x.exam = 'FINAL'`,
			"a salary outside the grade": `SELECT COUNT(*) FROM hr.salaries s JOIN hr.employees e ON e.id = s.employee_id JOIN hr.job_grades g ON g.id = e.grade_id
				WHERE s.to_date IS NULL AND s.base_salary NOT BETWEEN g.min_salary AND g.max_salary`,
			"an employee without one present salary": `SELECT COUNT(*) FROM hr.employees e WHERE (e.left_on IS NULL) <>
				((SELECT COUNT(*) FROM hr.salaries s WHERE s.employee_id = e.id AND s.to_date IS NULL) = 1)`,
			"a pay cut": `SELECT COUNT(*) FROM hr.salaries a JOIN hr.salaries b ON b.employee_id = a.employee_id AND b.from_date > a.from_date WHERE b.base_salary < a.base_salary`,
			"a leave out of employment": `SELECT COUNT(*) FROM hr.leave_requests l JOIN hr.employees e ON e.id = l.employee_id
				WHERE l.start_date < e.hired_on OR l.start_date > e.left_on OR l.end_date < l.start_date`,
			"a review by oneself":        "SELECT COUNT(*) FROM hr.reviews WHERE reviewer_id = employee_id",
			"a manager of a lower grade": `SELECT COUNT(*) FROM hr.employees e JOIN hr.employees m ON m.id = e.manager_id WHERE m.grade_id < e.grade_id - 1 OR m.left_on IS NOT NULL`,
		} {
			if n := number(t, db, query); n != 0 {
				t.Errorf("%s: %d rows", name, n)
			}
		}
	})

	t.Run("Patterns", func(t *testing.T) { // each is 1 when it shows
		for name, query := range map[string]string{
			"orders grow": `SELECT (SELECT COUNT(*) FROM ecommerce.orders WHERE ordered_at >= DATE_SUB(CURDATE(), INTERVAL 1 YEAR)) >
				1.2 * (SELECT COUNT(*) FROM ecommerce.orders WHERE ordered_at >= DATE_SUB(CURDATE(), INTERVAL 2 YEAR) AND ordered_at < DATE_SUB(CURDATE(), INTERVAL 1 YEAR))`,
			"weekends sell": `SELECT SUM(DAYOFWEEK(ordered_at) IN (1, 7)) / 2 > 1.1 * SUM(DAYOFWEEK(ordered_at) NOT IN (1, 7)) / 5 FROM ecommerce.orders`,
			"summer goods sell in summer": `SELECT SUM(MONTH(o.ordered_at) IN (6, 7, 8)) > 3 * SUM(MONTH(o.ordered_at) IN (12, 1, 2)) FROM ecommerce.orders o
				JOIN ecommerce.order_items i ON i.order_id = o.id JOIN ecommerce.products p ON p.id = i.product_id WHERE p.name_en LIKE '%Watermelon%'`,
			"winter goods sell in winter": `SELECT SUM(MONTH(o.ordered_at) IN (12, 1, 2)) > 3 * SUM(MONTH(o.ordered_at) IN (6, 7, 8)) FROM ecommerce.orders o
				JOIN ecommerce.order_items i ON i.order_id = o.id JOIN ecommerce.products p ON p.id = i.product_id WHERE p.name_en LIKE '%Padded Jacket%'`,
			"search ads are clicked": `SELECT SUM(IF(c.channel = 'SEARCH', s.clicks, 0)) / SUM(IF(c.channel = 'SEARCH', s.impressions, 0)) >
				2 * SUM(IF(c.channel = 'DISPLAY', s.clicks, 0)) / SUM(IF(c.channel = 'DISPLAY', s.impressions, 0)) FROM ad.daily_stats s
				JOIN ad.creatives r ON r.id = s.creative_id JOIN ad.ad_groups g ON g.id = r.ad_group_id JOIN ad.campaigns c ON c.id = g.campaign_id`,
			"click-through rates are plausible": `SELECT SUM(clicks) / SUM(impressions) BETWEEN 0.003 AND 0.05 FROM ad.daily_stats`,
			"salaries follow the grade": `SELECT COUNT(*) = 0 FROM (SELECT e.grade_id AS g, AVG(s.base_salary) AS pay FROM hr.employees e
				JOIN hr.salaries s ON s.employee_id = e.id AND s.to_date IS NULL GROUP BY e.grade_id) a JOIN
				(SELECT e.grade_id AS g, AVG(s.base_salary) AS pay FROM hr.employees e
				JOIN hr.salaries s ON s.employee_id = e.id AND s.to_date IS NULL GROUP BY e.grade_id) b ON b.g = a.g + 1 WHERE b.pay < a.pay * 1.05`,
			"salaries follow tenure": `SELECT AVG(IF(DATEDIFF(CURDATE(), e.hired_on) > 2600, s.base_salary, NULL)) > 1.15 * AVG(IF(DATEDIFF(CURDATE(), e.hired_on) < 1000, s.base_salary, NULL))
				FROM hr.employees e JOIN hr.salaries s ON s.employee_id = e.id AND s.to_date IS NULL`,
			"students who attend score": `SELECT AVG(IF(a.here >= 0.95, x.score, NULL)) > 2 + AVG(IF(a.here < 0.8, x.score, NULL)) FROM edu.exam_scores x
				JOIN (SELECT enrollment_id, AVG(status <> 'ABSENT') AS here FROM edu.attendance GROUP BY enrollment_id) a ON a.enrollment_id = x.enrollment_id`,
			"good students stay good": `SELECT (AVG(m.score * f.score) - AVG(m.score) * AVG(f.score)) / (STDDEV_POP(m.score) * STDDEV_POP(f.score)) > 0.4
				FROM edu.exam_scores m JOIN edu.exam_scores f ON f.enrollment_id = m.enrollment_id AND f.exam = 'FINAL' WHERE m.exam = 'MIDTERM'`,
			"scores are plausible":       `SELECT AVG(score) BETWEEN 60 AND 80 AND STDDEV_POP(score) BETWEEN 7 AND 20 FROM edu.exam_scores`,
			"all order states are there": `SELECT COUNT(DISTINCT status) = 5 FROM ecommerce.orders`,
		} {
			if number(t, db, query) != 1 {
				t.Errorf("does not show: %s", name)
			}
		}
	})

	t.Run("Comments", func(t *testing.T) {
		const ours = "table_schema IN ('ad', 'edu', 'ecommerce', 'hr')"
		if n := number(t, db, "SELECT COUNT(*) FROM information_schema.tables WHERE table_comment REGEXP '[가-힣].* / .*[A-Za-z]' AND "+ours); n != 24 {
			t.Errorf("%d of 24 tables have a comment in both languages", n)
		}
		if n := number(t, db, "SELECT COUNT(*) FROM information_schema.columns WHERE column_comment NOT REGEXP '[가-힣].* / .*[A-Za-z]' AND "+ours); n != 0 {
			t.Errorf("%d columns have no comment in both languages", n)
		}
		if n := number(t, db, "SELECT COUNT(*) FROM information_schema.table_constraints WHERE constraint_type = 'FOREIGN KEY' AND "+ours); n != 23 {
			t.Errorf("%d foreign keys", n)
		}
	})
}

func TestLoadIntoUsedServer(t *testing.T) {
	s := enginetest.Get(t, engine.MariaDB)
	db := take(t, s)
	for _, stmt := range []string{"CREATE TABLE hr.mine (id INT)", "INSERT INTO hr.mine VALUES (7)"} {
		if _, err := db.Exec(stmt); err != nil {
			t.Fatal(err)
		}
	}
	o := generators.Options{Domains: []string{"hr"}, Scale: .1, Today: aDay}
	load := func(o generators.Options) error { return generators.Load(t.Context(), db, o) }
	if err := load(o); err != nil {
		t.Fatal(err)
	}
	before := number(t, db, "SELECT COUNT(*) FROM hr.employees")
	err := load(o)
	if askwire.CodeOf(err) != askwire.WrongArguments || !strings.Contains(err.Error(), "hr.departments exists already") {
		t.Errorf("a second load: %v", err)
	}
	if n := number(t, db, "SELECT COUNT(*) FROM hr.employees"); n != before {
		t.Errorf("the refused load changed %d rows to %d", before, n)
	}
	o.Replace, o.Scale = true, .3
	if err := load(o); err != nil {
		t.Fatal(err)
	}
	if n := number(t, db, "SELECT COUNT(*) FROM hr.employees"); n <= before {
		t.Errorf("replacing left %d rows", n)
	}
	if number(t, db, "SELECT id FROM hr.mine") != 7 {
		t.Error("a table of somebody else was touched")
	}
}

func TestLoadStopsWithContext(t *testing.T) {
	s := enginetest.Get(t, engine.MariaDB)
	db := take(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	o := generators.Options{Scale: 1, Today: aDay, Progress: func(_, table string, done, _ int64) {
		if table == "orders" && done > 0 {
			cancel()
		}
	}}
	if err := generators.Load(ctx, db, o); err == nil || ctx.Err() == nil {
		t.Fatalf("got %v", err)
	}
	if n := number(t, db, "SELECT COUNT(*) FROM ecommerce.orders"); n == 0 || n >= 13000 {
		t.Errorf("%d orders were written", n)
	}
}

func TestProgressCountsEveryRow(t *testing.T) {
	done, totals := map[string]int64{}, map[string]int64{}
	o := generators.Options{Scale: .5, Today: aDay, Progress: func(domain, table string, n, total int64) {
		name := domain + "." + table
		if n < done[name] || n > total {
			t.Errorf("%s: %d after %d of %d", name, n, done[name], total)
		}
		done[name], totals[name] = n, total
	}}
	if err := generators.WriteSQL(new(bytes.Buffer), o); err != nil {
		t.Fatal(err)
	}
	if len(done) != 24 {
		t.Errorf("%d tables were reported", len(done))
	}
	for name, n := range done {
		if n != totals[name] || n == 0 {
			t.Errorf("%s ended at %d of %d", name, n, totals[name])
		}
	}
}

// The mysql client must take the file, and make of it what Load makes.
func TestWriteSQLForTheClient(t *testing.T) {
	s := enginetest.Get(t, engine.MariaDB)
	db := take(t, s)
	o := generators.Options{Domains: []string{"ecommerce", "edu"}, Scale: .1, Today: aDay, Replace: true}
	var file bytes.Buffer
	if err := generators.WriteSQL(&file, o); err != nil {
		t.Fatal(err)
	}
	host, port, _ := strings.Cut(s.Addr, ":")
	for range 2 { // with Replace it can be read again
		client := exec.CommandContext(t.Context(), "mariadb", "--no-defaults", "-h", host, "-P", port, "-u", "root")
		client.Stdin = bytes.NewReader(file.Bytes())
		if out, err := client.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	sums := func() string {
		rows, err := db.Query("CHECKSUM TABLE ecommerce.customers, ecommerce.order_items, ecommerce.manual_chunks, edu.exam_scores")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		out := ""
		for rows.Next() {
			var name, sum string
			if err := rows.Scan(&name, &sum); err != nil {
				t.Fatal(err)
			}
			out += name + " " + sum + "\n"
		}
		return out
	}
	byClient := sums()
	if err := generators.Load(t.Context(), db, o); err != nil {
		t.Fatal(err)
	}
	if byLoad := sums(); byLoad != byClient || strings.Contains(byLoad, " 0\n") {
		t.Errorf("by the client:\n%sby Load:\n%s", byClient, byLoad)
	}
}

func TestVectorSearch(t *testing.T) {
	for _, kind := range []engine.Kind{engine.MariaDB11, engine.TiDB} {
		t.Run(string(kind), func(t *testing.T) {
			s := enginetest.Get(t, kind)
			if !generators.HasVectors(s.Family, s.Version) {
				t.Fatalf("%s %s should have vectors", s.Family, s.Version)
			}
			db := take(t, s)
			load(t, s, db, generators.Options{Domains: []string{"ecommerce"}, Scale: .01, Today: aDay, Vectors: true, Replace: true})
			for _, q := range generators.Manuals().Questions {
				text := vectorText(q.Vector)
				distance := "VEC_DISTANCE_COSINE(embedding, VEC_FromText('" + text + "'))"
				if s.Family == askwire.TiDB {
					distance = "VEC_COSINE_DISTANCE(embedding, '" + text + "')"
				}
				if got := number(t, db, "SELECT id FROM ecommerce.manual_chunks ORDER BY "+distance+" LIMIT 1"); got != q.Chunk {
					t.Errorf("%q: nearest is chunk %d, want %d", q.Text, got, q.Chunk)
				}
			}
		})
	}
}

func vectorText(v []float32) string {
	part := make([]string, len(v))
	for i, x := range v {
		part[i] = strconv.FormatFloat(float64(x), 'g', -1, 32)
	}
	return fmt.Sprintf("[%s]", strings.Join(part, ","))
}

func BenchmarkLoad(b *testing.B) {
	s := enginetest.Get(b, engine.MariaDB)
	db := s.DB(b)
	rows := 0
	for b.Loop() {
		o := generators.Options{Today: aDay, Replace: true, Family: s.Family, Version: s.Version}
		if err := generators.Load(b.Context(), db, o); err != nil {
			b.Fatal(err)
		}
		rows += 100_000
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
	for _, d := range generators.Domains() {
		if _, err := db.Exec("DROP DATABASE " + d.Name); err != nil {
			b.Error(err)
		}
	}
}
