package front

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard/lex"
)

// show prints a command so that a table can hold it in one line.
func show(c Command) string {
	switch c := c.(type) {
	case *Ask:
		s := fmt.Sprintf("ask %s %q", c.Verb, c.Question.Text)
		if c.Question.Param > 0 {
			s = fmt.Sprintf("ask %s ?%d", c.Verb, c.Question.Param)
		}
		if c.ID.Text != "" {
			s += " id=" + c.ID.Text
		}
		for i, x := range []Arg{c.Name, c.Note} {
			if x.Text != "" || x.Param > 0 {
				s += fmt.Sprintf(" %s=%q?%d", [...]string{"name", "note"}[i], x.Text, x.Param)
			}
		}
		if c.Edited != nil {
			s += fmt.Sprintf(" as=%q", c.Edited.Text)
		}
		for _, o := range c.Options {
			s += " " + o.Name + "=" + o.Value.Text
			for i, v := range o.In {
				s += []string{" in ", ","}[min(i, 1)] + argument(v)
			}
			if o.Between != nil {
				s += " from " + argument(o.Between[0]) + " to " + argument(o.Between[1])
			}
		}
		if c.Column != "" {
			s += " column=" + c.Column
		}
		return s
	case *Probe:
		s := "probe"
		for _, i := range c.Items {
			s += fmt.Sprintf(" [%s: %s]", i.Name, expr(i.Expr))
		}
		if c.Empty {
			s += " empty"
		}
		return s
	case *Set:
		return "set" + assignments(c.Assignments)
	case *SetStatement:
		return "set statement" + assignments(c.Assignments) + " for " + c.Rest
	case *Show:
		s := fmt.Sprintf("show %d", c.What)
		for _, f := range []struct {
			on   bool
			text string
		}{{c.Full, " full"}, {c.Global, " global"}, {c.DB != "", " db=" + c.DB}, {c.Table != "", " table=" + c.Table},
			{c.Column != "", " column=" + c.Column}, {c.Where != "", " where=" + c.Where}, {c.User != "", " user=" + c.User},
			{c.Limit >= 0, fmt.Sprintf(" limit=%d,%d", c.Offset, c.Limit)}} {
			if f.on {
				s += f.text
			}
		}
		if c.Like != nil {
			s += " like=" + *c.Like
		}
		return s
	case *ShowAsk:
		return "show ask " + c.What
	case *Kill:
		return fmt.Sprintf("kill %d %v", c.ID, c.Query)
	case *Explain:
		return fmt.Sprintf("explain %q %s", c.Format, c.SQL)
	case Plain:
		if c.Store {
			return "store"
		}
		if c.Counts {
			return "plain counts"
		}
		return "plain"
	default:
		return fmt.Sprintf("%T %+v", c, c)
	}
}

func argument(a Arg) string {
	if a.Param > 0 {
		return fmt.Sprintf("?%d", a.Param)
	}
	return a.Text
}

func assignments(as []Assignment) string {
	s := ""
	for _, a := range as {
		at := ""
		if a.User {
			at = "@"
		}
		s += fmt.Sprintf(" %s%s%s=%s", strings.TrimPrefix(a.Scope+":", ":"), at, a.Name, expr(a.Value))
		if a.Collate != "" {
			s += " collate " + a.Collate
		}
	}
	return s
}

func expr(e Expr) string {
	switch e.Kind {
	case Text:
		return fmt.Sprintf("%q", e.Name)
	case NullLit:
		return "NULL"
	case SysVar:
		return "@@" + strings.TrimPrefix(e.Scope+".", ".") + e.Name
	case UserVar:
		return "@" + e.Name
	case Func:
		var args []string
		for _, a := range e.Args {
			args = append(args, expr(a))
		}
		return e.Name + "(" + strings.Join(args, ",") + ")"
	default:
		return e.Name
	}
}

func TestParse(t *testing.T) {
	ansi := lex.Mode{ANSIQuotes: true}
	for _, tt := range []struct {
		in, want string
		mode     lex.Mode
	}{
		// Questions.
		{`ASK '지난달 매출이 가장 높은 상품 10개'`, `ask ask "지난달 매출이 가장 높은 상품 10개"`, lex.Mode{}},
		{` -- Metabase:: userID: 1` + "\n" + `ask 'it''s \'fine\''; `, `ask ask "it's 'fine'"`, lex.Mode{}},
		{`/* Redash */ ASK "top ""ten"""`, `ask ask "top \"ten\""`, lex.Mode{}},
		{`ASK "q"`, `ask ask "q"`, ansi},
		{"ASK AS `최근 주문`", `ask ask "최근 주문"`, lex.Mode{}},
		{"ASK `q`", `ask ask "q"`, lex.Mode{}},
		{`ASK what's the newest order; `, `ask ask "what's the newest order"`, lex.Mode{}},
		{`ASK new customers this month`, `ask ask "new customers this month"`, lex.Mode{}},
		{`ASK run rate by month`, `ask ask "run rate by month"`, lex.Mode{}},
		{`ASK sql errors`, `ask ask "sql errors"`, lex.Mode{}},
		{`ASK ?`, `ask ask ?1`, lex.Mode{}},
		{`ASK ('q')`, `ask ask "q"`, lex.Mode{}},
		{`ASK 'a' 'b' USING summary = off, LIMIT = 20, timeout='10s'`, `ask ask "ab" summary=off limit=20 timeout=10s`, lex.Mode{}},
		{`ASK SQL 'q'`, `ask sql "q"`, lex.Mode{}},
		{`ASK RUN k3x9abcdefgh2345klmn`, `ask run "" id=k3x9abcdefgh2345klmn`, lex.Mode{}},
		{`ASK RUN 1234567890abcdefghij AS 'SELECT 1' USING summary = 'off'`, `ask run "" id=1234567890abcdefghij as="SELECT 1" summary=off`, lex.Mode{}},
		{`ASK NARRATE 'q'`, `ask narrate "q"`, lex.Mode{}},
		{`ASK PROMPT 'q'`, `ask prompt "q"`, lex.Mode{}},
		{`ASK TABLES 'q'`, `ask tables "q"`, lex.Mode{}},
		{`EXPLAIN ASK 'q' USING limit = 5`, `ask explain "q" limit=5`, lex.Mode{}},
		{`DESC ASK 'q'`, `ask explain "q"`, lex.Mode{}},
		{`CALL askwire.ask('q', JSON_OBJECT('summary', 'off', 'limit', 3))`, `ask ask "q" summary=off limit=3`, lex.Mode{}},
		{`{CALL ask(?)}`, `ask ask ?1`, lex.Mode{}},
		{`call ASK('q')`, `ask ask "q"`, lex.Mode{}},
		{`SELECT ASK('q')`, `ask narrate "q" column=ASK('q')`, lex.Mode{}},
		{"SELECT ASK('q')\nLIMIT 1001", `ask narrate "q" column=ASK('q')`, lex.Mode{}},
		{"SELECT ASK('q') AS `a` LIMIT 1;", `ask narrate "q" column=a`, lex.Mode{}},
		{`SELECT ask('q') AS answer;`, `ask narrate "q" column=answer`, lex.Mode{}},
		{`SHOW ASK STATUS`, `show ask status`, lex.Mode{}},
		{`show ask history like '%a%'`, `show ask history`, lex.Mode{}},

		{`ASK SAVE LAST AS 'monthly sales'`, `ask save "" name="monthly sales"?0`, lex.Mode{}},
		{`ask save abcdefghij234567klmn as 'x';`, `ask save "" id=abcdefghij234567klmn name="x"?0`, lex.Mode{}},
		{`ASK SAVE 'abcdefghij234567klmn' AS ?`, `ask save "" id=abcdefghij234567klmn name=""?1`, lex.Mode{}},
		{`ASK SAVE LAST AS 'x' USING city = 'a' IN ('a', ?), n = -5 BETWEEN -9 AND ?`, `ask save "" name="x"?0 city=a in a,?1 n=-5 from -9 to ?2`, lex.Mode{}},
		{`ASK tables of 'a'`, `ask ask "tables of 'a'"`, lex.Mode{}},
		{`ASK VERIFY 'x'`, `ask verify "" name="x"?0`, lex.Mode{}},
		{`ASK FORGET abcdefghij234567klmn`, `ask forget "" name="abcdefghij234567klmn"?0`, lex.Mode{}},
		{`ASK GOOD`, `ask good ""`, lex.Mode{}},
		{`ASK MORE 'and by month?' USING conversation = 'abcdefghij234567klmn'`, `ask more "and by month?" conversation=abcdefghij234567klmn`, lex.Mode{}},
		{`ASK more than ten orders`, `ask ask "more than ten orders"`, lex.Mode{}},
		{`ASK NEW;`, `ask new ""`, lex.Mode{}},
		{`ASK new customers`, `ask ask "new customers"`, lex.Mode{}},
		{`ASK BAD 'wrong table'`, `ask bad "" note="wrong table"?0`, lex.Mode{}},
		{`ASK BAD abcdefghij234567klmn 'wrong table'`, `ask bad "" id=abcdefghij234567klmn note="wrong table"?0`, lex.Mode{}},
		{`ASK BAD 'abcdefghij234567klmn' 'wrong table'`, `ask bad "" id=abcdefghij234567klmn note="wrong table"?0`, lex.Mode{}},
		{`ASK GOOD "abcdefghij234567klmn"`, `ask good "" id=abcdefghij234567klmn`, lex.Mode{}},
		{`ASK save last month's totals`, `ask ask "save last month's totals"`, lex.Mode{}},
		{`ASK verify abcdefghijklmnop of orders`, `ask ask "verify abcdefghijklmnop of orders"`, lex.Mode{}},
		{`ASK good customers this month`, `ask ask "good customers this month"`, lex.Mode{}},
		{`SHOW ASK SAVED LIKE 'm%'`, `show ask saved`, lex.Mode{}},

		// What drivers and tools ask at login.
		{`select @@version_comment limit 1`, `probe [@@version_comment: @@version_comment]`, lex.Mode{}},
		{`SELECT @@max_allowed_packet`, `probe [@@max_allowed_packet: @@max_allowed_packet]`, lex.Mode{}},
		{`/* mysql-connector-j-8.3.0 */SELECT  @@session.auto_increment_increment AS auto_increment_increment, @@character_set_client AS character_set_client, @@time_zone AS time_zone`,
			`probe [auto_increment_increment: @@session.auto_increment_increment] [character_set_client: @@character_set_client] [time_zone: @@time_zone]`, lex.Mode{}},
		{`SELECT DATABASE(), USER() LIMIT 1`, `probe [DATABASE(): database()] [USER(): user()]`, lex.Mode{}},
		{`select connection_id()`, `probe [connection_id(): connection_id()]`, lex.Mode{}},
		{`SELECT @@global.time_zone, @@tx_isolation x LIMIT 0`, `probe [@@global.time_zone: @@global.time_zone] [x: @@tx_isolation] empty`, lex.Mode{}},
		{`SELECT CURRENT_USER`, `probe [CURRENT_USER: current_user()]`, lex.Mode{}},
		{`SELECT 1`, `plain`, lex.Mode{}},
		{`SELECT DATABASE() FROM t`, `plain`, lex.Mode{}},
		{`SELECT @@x + 1`, `plain`, lex.Mode{}},
		{`SELECT USER() UNION SELECT 1`, `plain`, lex.Mode{}},

		{`SET NAMES utf8mb4`, `set names=utf8mb4`, lex.Mode{}},
		{`SET NAMES 'utf8mb4' COLLATE 'utf8mb4_unicode_ci'`, `set names="utf8mb4" collate utf8mb4_unicode_ci`, lex.Mode{}},
		{`SET character_set_results = NULL`, `set character_set_results=NULL`, lex.Mode{}},
		{`SET autocommit=1, sql_mode = concat(@@sql_mode,',STRICT_TRANS_TABLES')`, `set autocommit=1 sql_mode=concat(@@sql_mode,",STRICT_TRANS_TABLES")`, lex.Mode{}},
		{`SET sql_mode=(SELECT CONCAT(@@sql_mode, ',PIPES_AS_CONCAT,NO_ENGINE_SUBSTITUTION')),time_zone='+00:00',NAMES utf8mb4 COLLATE utf8mb4_unicode_ci;`,
			`set sql_mode=concat(@@sql_mode,",PIPES_AS_CONCAT,NO_ENGINE_SUBSTITUTION") time_zone="+00:00" names=utf8mb4 collate utf8mb4_unicode_ci`, lex.Mode{}},
		{`/*!40101 SET NAMES utf8 */`, `set names=utf8`, lex.Mode{}},
		{`/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;`, `set @old_sql_mode=@@sql_mode sql_mode="NO_AUTO_VALUE_ON_ZERO"`, lex.Mode{}},
		{`set session transaction read only`, `set session:transaction_read_only=1`, lex.Mode{}},
		{`SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY`, `set session:transaction_isolation="READ-COMMITTED" session:transaction_read_only=1`, lex.Mode{}},
		{`SET TRANSACTION ISOLATION LEVEL SERIALIZABLE`, `set next:transaction_isolation="SERIALIZABLE"`, lex.Mode{}},
		{`SET askwire.summary = 'off'`, `set askwire.summary="off"`, lex.Mode{}},
		{`SET @@session.sql_select_limit = DEFAULT`, `set session:sql_select_limit=DEFAULT`, lex.Mode{}},
		{`SET STATEMENT max_statement_time=1 FOR SELECT * FROM t`, `set statement max_statement_time=1 for SELECT * FROM t`, lex.Mode{}},

		{`USE shop`, `front.Use {DB:shop}`, lex.Mode{}},
		{"use `my shop`;", `front.Use {DB:my shop}`, lex.Mode{}},
		{`BEGIN`, `front.Begin {ReadOnly:false ReadWrite:false Snapshot:false}`, lex.Mode{}},
		{`START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY`, `front.Begin {ReadOnly:true ReadWrite:false Snapshot:true}`, lex.Mode{}},
		{`COMMIT AND CHAIN`, `front.End {Rollback:false Chain:true}`, lex.Mode{}},
		{`ROLLBACK WORK`, `front.End {Rollback:true Chain:false}`, lex.Mode{}},
		{`KILL 7`, `kill 7 false`, lex.Mode{}},
		{`KILL QUERY 7`, `kill 7 true`, lex.Mode{}},
		{`KILL /*!50000 QUERY */ 7`, `kill 7 true`, lex.Mode{}},
		{`EXPLAIN SELECT 1;`, `explain "" SELECT 1`, lex.Mode{}},
		{`EXPLAIN FORMAT=JSON SELECT 1`, `explain "json" SELECT 1`, lex.Mode{}},
		{`explain format = receipt (select 1)`, `explain "receipt" (select 1)`, lex.Mode{}},

		{`SHOW DATABASES`, fmt.Sprintf(`show %d`, Databases), lex.Mode{}},
		{`SHOW FULL TABLES FROM shop LIKE 'a%'`, fmt.Sprintf(`show %d full db=shop like=a%%`, ShowTables), lex.Mode{}},
		{`SHOW FULL COLUMNS FROM orders FROM shop LIKE '%'`, fmt.Sprintf(`show %d full db=shop table=orders like=%%`, Columns), lex.Mode{}},
		{"show fields in `shop`.`orders`", fmt.Sprintf(`show %d db=shop table=orders`, Columns), lex.Mode{}},
		{`DESCRIBE orders id`, fmt.Sprintf(`show %d table=orders column=id`, Columns), lex.Mode{}},
		{`DESC ask`, fmt.Sprintf(`show %d table=ask`, Columns), lex.Mode{}},
		{`SHOW KEYS FROM orders WHERE Key_name = 'PRIMARY'`, fmt.Sprintf(`show %d table=orders where=Key_name = 'PRIMARY'`, Indexes), lex.Mode{}},
		{`SHOW CREATE TABLE shop.orders`, fmt.Sprintf(`show %d db=shop table=orders`, CreateTable), lex.Mode{}},
		{`SHOW TABLE STATUS FROM shop`, fmt.Sprintf(`show %d db=shop`, TableStatus), lex.Mode{}},
		{`SHOW VARIABLES LIKE 'lower_case_%'`, fmt.Sprintf(`show %d like=lower_case_%%`, Variables), lex.Mode{}},
		{`SHOW GLOBAL VARIABLES WHERE Variable_name = 'x'`, fmt.Sprintf(`show %d global where=Variable_name = 'x'`, Variables), lex.Mode{}},
		{`SHOW COUNT(*) WARNINGS`, fmt.Sprintf(`show %d`, CountWarnings), lex.Mode{}},
		{`SHOW WARNINGS LIMIT 5, 10`, fmt.Sprintf(`show %d limit=5,10`, Warnings), lex.Mode{}},
		{`SHOW GRANTS FOR CURRENT_USER()`, fmt.Sprintf(`show %d`, Grants), lex.Mode{}},
		{"SHOW GRANTS FOR 'root'@'localhost'", fmt.Sprintf(`show %d user=root`, Grants), lex.Mode{}},
		{`SHOW FULL PROCESSLIST`, fmt.Sprintf(`show %d full`, ProcessList), lex.Mode{}},
		{`SHOW COLLATION WHERE Charset = 'utf8mb4'`, fmt.Sprintf(`show %d where=Charset = 'utf8mb4'`, Collations), lex.Mode{}},
		{`SHOW PROCEDURE STATUS WHERE Db = 'shop'`, fmt.Sprintf(`show %d where=Db = 'shop'`, ProcedureStatus), lex.Mode{}},
		{`SHOW EVENTS`, fmt.Sprintf(`show %d`, Events), lex.Mode{}},

		// The guard's business.
		{" ; ", `front.Empty {Comment:false}`, lex.Mode{}},
		{" ; -- nothing\n", `front.Empty {Comment:true}`, lex.Mode{}},
		{"SAVEPOINT `a b`;", `front.Savepoint {Name:a b Rollback:false Release:false}`, lex.Mode{}},
		{"ROLLBACK WORK TO a", `front.Savepoint {Name:a Rollback:true Release:false}`, lex.Mode{}},
		{"RELEASE SAVEPOINT a", `front.Savepoint {Name:a Rollback:false Release:true}`, lex.Mode{}},
		{"SELECT SQL_CALC_FOUND_ROWS id FROM t LIMIT 3", `plain counts`, lex.Mode{}},
		{"SELECT SQL_CALC_FOUND_ROWS id FROM t", `plain`, lex.Mode{}},
		{`SELECT * FROM askwire.query_log`, `store`, lex.Mode{}},
		{"SELECT * FROM `ASKWIRE` . query_log", `store`, lex.Mode{}},
		{`SELECT askwire FROM t`, `plain`, lex.Mode{}},
		{`SELECT 'askwire.x', ask.id FROM orders ask WHERE note = "ask('q')"`, `plain`, lex.Mode{}},
		{`INSERT INTO t VALUES (1)`, `plain`, lex.Mode{}},
		{`DROP TABLE orders`, `plain`, lex.Mode{}},
		{`(SELECT 1) UNION (SELECT 2)`, `plain`, lex.Mode{}},
		{`WITH x AS (SELECT 1) SELECT * FROM x`, `plain`, lex.Mode{}},
		{`'nonsense`, `plain`, lex.Mode{}},
	} {
		t.Run(tt.in, func(t *testing.T) {
			cmd, err := Parse(tt.in, Options{Mode: tt.mode})
			if err != nil {
				t.Fatal(err)
			}
			if got := show(cmd); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	for in, want := range map[string]askwire.Code{
		`ASK`:                                   askwire.Syntax,
		`ASK RUN;`:                              askwire.Syntax,
		`ASK verify`:                            askwire.Syntax,
		`ASK ''`:                                askwire.Syntax,
		`ASK '  '`:                              askwire.Syntax,
		`ASK 'open`:                             askwire.Syntax,
		`ASK 'q' now`:                           askwire.Syntax,
		`ASK 'q' USING colour = 1`:              askwire.UnknownVariable,
		`ASK 'q' USING limit = 1, limit = 2`:    askwire.Syntax,
		`ASK 'q' USING limit = (SELECT 1)`:      askwire.Syntax,
		`ASK MORE ''`:                           askwire.Syntax,
		`ASK SAVE LAST AS`:                      askwire.Syntax,
		`ASK SAVE 'abcdefghij234567klmn'`:       askwire.Syntax,
		`ASK SAVE '' AS 'x'`:                    askwire.Syntax,
		`ASK SAVE LAST AS 'x' USING city`:       askwire.Syntax,
		`ASK SAVE LAST AS 'x' USING city = a.b`: askwire.Syntax,
		`ASK SAVE LAST`:                         askwire.Syntax,
		`ASK SAVE LAST AS 'x' USING a = 1 BETWEEN 2`: askwire.Syntax,
		`ASK SAVE LAST AS 'x' USING a = 1 IN ()`:     askwire.Syntax,
		`ASK SAVE LAST AS 'x' USING a = 1 IN (1`:     askwire.Syntax,
		`ASK TABLE 'x'`:                              askwire.Syntax,
		`ASK narate 'x' USING limit = 3`:             askwire.Syntax,
		`SELECT ASK()`:                               askwire.Syntax,
		`ASK VERIFY 'x' 'y' 1`:                       askwire.Syntax,
		`ASK BAD abcdefghij234567klmn 'n' AS 'x'`:    askwire.Syntax,
		`EXPLAIN ASK SQL 'q'`:                        askwire.NotSupported,
		`CALL other.thing(1)`:                        askwire.NotSupported,
		`SHOW ASK NONSENSE`:                          askwire.NotSupported,
		`SET GLOBAL max_connections = 1`:             askwire.PrivilegeDenied,
		`SET @@global.max_connections = 1`:           askwire.PrivilegeDenied,
		`SET PERSIST x = 1`:                          askwire.PrivilegeDenied,
		`SET PASSWORD = 'x'`:                         askwire.NotSupported,
		`SET x = (SELECT v FROM secrets)`:            askwire.Syntax,
		`SET x = 1 FROM`:                             askwire.Syntax,
		`SAVEPOINT`:                                  askwire.Syntax,
		`SAVEPOINT 'a'`:                              askwire.Syntax,
		`ROLLBACK TO SAVEPOINT a b`:                  askwire.Syntax,
		`RELEASE a`:                                  askwire.Syntax,
		`LOCK TABLES orders READ`:                    askwire.NotSupported,
		`PREPARE s FROM 'SELECT 1'`:                  askwire.NotSupported,
		`START SLAVE`:                                askwire.NotSupported,
		`KILL USER ana`:                              askwire.NotSupported,
		`KILL x`:                                     askwire.Syntax,
		`EXPLAIN DELETE FROM orders`:                 askwire.NotSupported,
		`EXPLAIN ANALYZE SELECT 1`:                   askwire.NotSupported,
		`EXPLAIN FORMAT=JSON INSERT INTO t SET`:      askwire.NotSupported,
		`SHOW MASTER STATUS`:                         askwire.PrivilegeDenied,
		`SHOW ENGINE INNODB STATUS`:                  askwire.PrivilegeDenied,
		`SHOW BINLOG EVENTS`:                         askwire.PrivilegeDenied,
		`SHOW CREATE FUNCTION f`:                     askwire.NotSupported,
		`SHOW TABLES FROM shop; DROP`:                askwire.Syntax,
		`USE`:                                        askwire.Syntax,
	} {
		t.Run(in, func(t *testing.T) {
			cmd, err := Parse(in, Options{})
			var e *askwire.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %s, want an error", show(cmd))
			}
			if e.Code != want || e.Hint == "" {
				t.Errorf("got code %d %q, want code %d and what to do", e.Code, e, want)
			}
		})
	}
}

func TestTakenWord(t *testing.T) {
	cmd, err := Parse("SELECT * FROM ask.orders", Options{Taken: true})
	if err != nil || show(cmd) != "plain" {
		t.Errorf("got %v, %v; a schema of that name wins", cmd, err)
	}
	cmd, err = Parse("FRAGE 'wie viele'", Options{Word: "frage"})
	if err != nil || show(cmd) != `ask ask "wie viele"` {
		t.Errorf("got %v, %v", cmd, err)
	}
}

func TestBind(t *testing.T) {
	cmd, err := Parse("ASK ? USING limit = ?, summary = 'off'", Options{})
	if err != nil {
		t.Fatal(err)
	}
	a := cmd.(*Ask)
	if a.Params != 2 {
		t.Fatalf("got %d markers", a.Params)
	}
	if got := show(a.Bind([]string{"how many", "5"})); got != `ask ask "how many" limit=5 summary=off` {
		t.Error(got)
	}
}

func TestSelect(t *testing.T) {
	maria := askwire.Server{Family: askwire.MariaDB}
	for in, want := range map[string]string{
		"SHOW DATABASES":                   "SELECT SCHEMA_NAME AS `Database` FROM information_schema.SCHEMATA ORDER BY CAST(SCHEMA_NAME AS BINARY)",
		"SHOW TABLES FROM shop":            "SELECT TABLE_NAME AS `Tables_in_shop` FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'shop' ORDER BY CAST(TABLE_NAME AS BINARY)",
		`SHOW TABLES FROM shop LIKE 'o\_'`: "SELECT TABLE_NAME AS `Tables_in_shop (o\\_)` FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'shop' AND TABLE_NAME LIKE 'o\\_' ORDER BY CAST(TABLE_NAME AS BINARY)",
		"SHOW FULL TABLES FROM shop WHERE Table_type != 'VIEW' -- x": "SELECT * FROM (SELECT TABLE_NAME AS `Tables_in_shop`, TABLE_TYPE AS `Table_type` FROM information_schema.TABLES " +
			"WHERE TABLE_SCHEMA = 'shop') AS `show` WHERE (Table_type != 'VIEW' -- x\n)",
	} {
		cmd, err := Parse(in, Options{})
		if err != nil {
			t.Fatal(err)
		}
		got, ok := cmd.(*Show).Select(lex.Mode{}, maria)
		if !ok || got != want {
			t.Errorf("%s\ngot  %s\nwant %s", in, got, want)
		}
	}
}

func TestSelectQuotesNames(t *testing.T) {
	s := &Show{What: Columns, DB: `a'\`, Table: "b"}
	for mode, want := range map[lex.Mode]string{{}: `'a''\\'`, {NoBackslashEscapes: true}: `'a''\'`} {
		if got, _ := s.Select(mode, askwire.Server{}); !strings.Contains(got, "TABLE_SCHEMA = "+want+" AND") {
			t.Errorf("%s does not hold %s", got, want)
		}
	}
}

func TestFilter(t *testing.T) {
	text := func(s ...string) (row []*string) {
		for i := range s {
			if s[i] == "NULL" {
				row = append(row, nil)
			} else {
				row = append(row, &s[i])
			}
		}
		return row
	}
	headings := []string{"Variable_name", "Value"}
	rows := [][]*string{text("autocommit", "ON"), text("sql_mode", ""), text("lower_case_table_names", "0"), text("init", "NULL")}
	for in, want := range map[string]string{
		"SHOW VARIABLES":                                                                            "autocommit sql_mode lower_case_table_names init",
		"SHOW VARIABLES LIKE 'lower_case_%'":                                                        "lower_case_table_names",
		`SHOW VARIABLES LIKE 'SQL\_MODE'`:                                                           "sql_mode",
		"SHOW VARIABLES WHERE Variable_name = 'Autocommit'":                                         "autocommit",
		"SHOW VARIABLES WHERE variable_name IN ('sql_mode', 'init') AND Value IS NULL":              "init",
		"SHOW VARIABLES WHERE `Variable_name` LIKE 'a%' OR (Value = 0 AND NOT Variable_name = 'x')": "autocommit lower_case_table_names",
		"SHOW VARIABLES WHERE Value <> 'ON'":                                                        "sql_mode lower_case_table_names",
		"SHOW VARIABLES WHERE Variable_name NOT IN ('sql_mode')":                                    "autocommit lower_case_table_names init",
		"SHOW VARIABLES WHERE Value <=> NULL":                                                       "init",
	} {
		cmd, err := Parse(in, Options{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := cmd.(*Show).Filter(headings, rows, lex.Mode{})
		if err != nil {
			t.Errorf("%s: %v", in, err)
		}
		var names []string
		for _, r := range got {
			names = append(names, *r[0])
		}
		if strings.Join(names, " ") != want {
			t.Errorf("%s: got %v, want %s", in, names, want)
		}
	}
	for _, in := range []string{"Value > 1", "Value = (SELECT 1)", "SLEEP(1)", "Nothing = 1", "Value = 'a' Value", strings.Repeat("(", 5000)} {
		_, err := (&Show{Where: in}).Filter(headings, rows, lex.Mode{})
		if askwire.CodeOf(err) != askwire.NotSupported {
			t.Errorf("%.20s: got %v, want a refusal", in, err)
		}
	}
}

func TestLike(t *testing.T) {
	for _, tt := range []struct {
		s, pattern string
		want       bool
	}{
		{"orders", "ORD%", true}, {"orders", "%", true}, {"orders", "o_d%s", true}, {"orders", "o_s", false}, {"", "", true}, {"", "_", false},
		{"주문", "주_", true}, {"주문", "__", true}, {"a%b", `a\%b`, true}, {"axb", `a\%b`, false}, {"aab", "%ab", true}, {"abcabd", "%ab_", true},
	} {
		if got := Like(tt.s, tt.pattern); got != tt.want {
			t.Errorf("Like(%q, %q) = %v", tt.s, tt.pattern, got)
		}
	}
}

func TestCreateTableText(t *testing.T) {
	zero, now := "0", "current_timestamp()"
	table := &askwire.Table{DB: "shop", Name: "orders", Engine: "InnoDB", Collation: "utf8mb4_general_ci", Comment: "it's",
		Columns: []askwire.Column{{Name: "id", Type: "bigint(20)", DataType: "bigint", Extra: "auto_increment"},
			{Name: "total", Type: "decimal(10,2)", DataType: "decimal", Default: &zero, Comment: "합계"},
			{Name: "at", Type: "datetime", DataType: "datetime", Nullable: true, Default: &now, Extra: "on update current_timestamp()"},
			{Name: "seen", Type: "timestamp", DataType: "timestamp", Nullable: true},
			{Name: "code", Type: "varchar(4)", DataType: "varchar", Nullable: true, Collation: "latin1_bin"},
			{Name: "note", Type: "text", DataType: "text", Nullable: true, Collation: "utf8mb4_general_ci"}},
		PrimaryKey:  []string{"id"},
		Indexes:     []askwire.Index{{Name: "hidden", Columns: []string{"secret"}}, {Name: "by_at", Columns: []string{"at"}}},
		ForeignKeys: []askwire.ForeignKey{{Name: "fk", Columns: []string{"secret"}, RefTable: "x", RefColumns: []string{"y"}}}}
	want := "CREATE TABLE `orders` (\n  `id` bigint(20) NOT NULL AUTO_INCREMENT,\n  `total` decimal(10,2) NOT NULL DEFAULT 0 COMMENT '합계',\n" +
		"  `at` datetime DEFAULT current_timestamp() ON UPDATE current_timestamp(),\n  `seen` timestamp NULL DEFAULT NULL,\n" +
		"  `code` varchar(4) CHARACTER SET latin1 COLLATE latin1_bin DEFAULT NULL,\n  `note` text DEFAULT NULL,\n" +
		"  PRIMARY KEY (`id`),\n  KEY `by_at` (`at`)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='it''s'"
	if got := CreateTableText(table, askwire.MariaDB); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	want = strings.NewReplacer("DEFAULT 0", "DEFAULT '0'", "`note` text DEFAULT NULL", "`note` text").Replace(want)
	if got := CreateTableText(table, askwire.MySQL); got != want {
		t.Errorf("MySQL: got\n%s\nwant\n%s", got, want)
	}
}

func TestPlainCostsNothing(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() {
		if _, err := Parse("SELECT c FROM sbtest1 WHERE id = 4242", Options{Word: "ask"}); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations for a point select", n)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"ASK 'q' USING a=1", "SHOW FULL TABLES FROM x WHERE y", "SET @@session.a = CONCAT(@@b,'c'), NAMES utf8", "SELECT @@a AS b LIMIT 1",
		"KILL /*!50000 QUERY */ 7", "/*!40101 SET NAMES utf8 */", "/*!*/", "{CALL ask(?)}", "EXPLAIN FORMAT=JSON SELECT 1", "SELECT * FROM (ASK AS `q`) x", "@@", "@"} {
		f.Add(s, false, false)
	}
	f.Fuzz(func(t *testing.T, s string, ansi, nbe bool) {
		mode := lex.Mode{ANSIQuotes: ansi, NoBackslashEscapes: nbe}
		cmd, err := Parse(s, Options{Mode: mode})
		if (cmd == nil) == (err == nil) {
			t.Fatalf("command %v and error %v", cmd, err)
		}
		var e *askwire.Error
		if err != nil && !errors.As(err, &e) {
			t.Fatalf("error %v is not for people", err)
		}
		if show, ok := cmd.(*Show); ok {
			show.Select(mode, askwire.Server{})
			row := []*string{&s}
			if _, err := show.Filter([]string{"a"}, [][]*string{row}, mode); err != nil && !errors.As(err, &e) {
				t.Fatalf("error %v is not for people", err)
			}
		}
	})
}

// TestUnwrappedOnce: a comment within a comment is not read, however deep.
func TestUnwrappedOnce(t *testing.T) {
	if cmd, err := Parse("SHOW /*!50002 GLOBAL */ STATUS /*!LIKE 'a%'*/", Options{}); err != nil || cmd.(*Show).What != Status || !cmd.(*Show).Global || *cmd.(*Show).Like != "a%" {
		t.Errorf("%v %v", cmd, err)
	}
	if _, err := Parse("SHOW "+strings.Repeat("/*!", 1<<20)+" STATUS"+strings.Repeat("*/", 1<<20), Options{}); err == nil {
		t.Error("nested comments were read")
	}
}
