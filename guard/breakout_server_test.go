package guard

import (
	"fmt"
	"strings"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/enginetest"
)

// TestBreakout: a query of what is hidden, put wherever a text, a name or an expression of an odd form can stand, shows nothing of it. The
// texts of strings are looked at too, so that nothing of them comes alive.
func TestBreakout(t *testing.T) {
	hidden := []string{"SELECT MAX(v) FROM secrets", "SELECT MAX(ssn) FROM customers", "SELECT MAX(amount) FROM salaries", "SELECT v FROM shop.secrets LIMIT 1", "SELECT LOAD_FILE('/etc/passwd')"}
	forms := []string{
		"WITH w AS (SELECT 'a\\0`, (%s) -- ') SELECT * FROM w", "SELECT 1 AS 'a\\0`, (%s) AS `x'", "SELECT 1 AS 'a😀`, (%s) AS `x'", "SELECT * FROM (SELECT '?`, (%s) AS `' AS x) d", "SELECT * FROM (SELECT '\\0`.`a`, (%s), `') d",
		"SELECT {d '%%Y'' , (%s) , '''}", "SELECT {d 'x\\', (%s) -- '}", "SELECT {ts \"x', (%s) -- \"}", "SELECT {x (%s)}", "SELECT {fn CONCAT((%s))}", "SELECT {d (%s)}",
		"SELECT INTERVAL (%s) DAY + ordered_at FROM orders", "SELECT INTERVAL 1 DAY + (%s)", "SELECT ordered_at + INTERVAL (%s) DAY FROM orders", "SELECT INTERVAL((%s), 1)", "SELECT DATE_ADD((%s), INTERVAL 1 DAY)",
		"SELECT COUNT(*), SUM((%s)) FROM orders", "SELECT COUNT(*) FROM orders HAVING (%s) > 1", "SELECT id FROM orders GROUP BY (%s)", "SELECT id FROM orders ORDER BY (%s)", "SELECT SUM(id) OVER (ORDER BY (%s)) FROM orders", "SELECT SUM(id) OVER w FROM orders WINDOW w AS (PARTITION BY (%s))",
		"SELECT GROUP_CONCAT(id ORDER BY (%s)) FROM orders", "SELECT CASE WHEN 1 THEN (%s) END", "SELECT IF(1, (%s), 1)", "SELECT ROW(1, (%s)) = ROW(1, 2)", "SELECT 1 IN (%s)", "SELECT EXISTS (%s)", "SELECT 1 = ANY (%s)", "SELECT * FROM (%s) d", "WITH w AS (%s) SELECT * FROM w", "WITH RECURSIVE w AS (%s UNION ALL SELECT 1 FROM w WHERE 0) SELECT * FROM w", "SELECT 1 UNION %s", "(SELECT 1) UNION (%s)", "SELECT 1 LIMIT 1 UNION ALL %s", "SELECT 1; %s", "SELECT 1 /*! UNION %s */", "SELECT 1 /*M! UNION %s */", "SELECT 1 /*+ %s */", "SELECT 1 -- \n, (%s)", "SELECT 1 #\n, (%s)", "SELECT `a\n`, (%s)", "SELECT 'x' 'y' AS `z`, (%s)",
		"SELECT JSON_EXTRACT((%s), '$')", "SELECT o.id FROM orders o JOIN LATERAL (%s) d ON 1", "SELECT o.id FROM orders o LEFT JOIN (%s) d ON 1=1", "SELECT (%s) AS `1`, (%s) AS `1`", "SELECT COALESCE(NULL, (%s))", "SELECT @a := (%s)", "SELECT (%s) INTO @a", "SELECT (%s) INTO OUTFILE 'x'", "SELECT id FROM orders WHERE (SELECT COUNT(*) FROM (%s) q) > 0", "SELECT TRIM(BOTH (%s) FROM 'x')", "SELECT CAST((%s) AS CHAR)", "SELECT (%s) COLLATE utf8mb4_bin", "SELECT BINARY (%s)", "SELECT -(%s)", "SELECT NOT (%s)", "SELECT MATCH(name) AGAINST ((%s)) FROM customers", "SELECT 'a' LIKE (%s)", "SELECT 'a' REGEXP (%s)", "SELECT x.* FROM (SELECT * FROM (%s) y) x", "SELECT CHAR((%s) USING utf8mb4)", "TABLE secrets", "VALUES ROW((%s))",
	}
	onServers(t, func(t *testing.T, s *enginetest.Server) {
		loadShop(t, s)
		g := Gate{Policy: serverPolicy(t, s, shopProfile()), Session: Session{Database: "shop", Metadata: true}}
		through := pinned(t, s, "shop")
		n, admitted := 0, 0
		for _, f := range forms {
			for _, h := range hidden {
				sql := f
				if c := strings.Count(f, "%s"); c == 1 {
					sql = fmt.Sprintf(f, h)
				} else if c == 2 {
					sql = fmt.Sprintf(f, h, h)
				}
				n++
				for _, mode := range []Mode{{}, {ANSIQuotes: true}, {NoBackslashEscapes: true}} {
					g.Session.Mode = mode
					st, err := g.Check(sql)
					if err != nil {
						if askwire.CodeOf(err) == askwire.Internal {
							t.Errorf("%s: %v", sql, err)
						}
						continue
					}
					admitted++
					r, err := query(t.Context(), through, st.Text())
					if n := errorNumber(err); err != nil && brokenText(n, s.Family) {
						t.Errorf("%q\n%q\n%v", sql, st.Text(), err)
					}
					for _, row := range r.rows {
						if strings.Contains(row, "TOPSECRET") || strings.Contains(row, "123-45-") || strings.Contains(row, "9000.00") {
							t.Errorf("%q\n%q\n%v", sql, st.Text(), row)
						}
					}
				}
			}
		}
		t.Logf("%d texts in three modes, %d admitted", n, admitted)
	})
}
