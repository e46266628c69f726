package clients

import "testing"

func TestClasses(t *testing.T) {
	if len(Classes) > MaxClasses {
		t.Errorf("%d classes of differences, at most %d", len(Classes), MaxClasses)
	}
	for _, c := range Classes {
		if c.Name == "" || c.Reason == "" || c.Field == nil || c.Only == nil || c.On != "wire" && c.On != "client" {
			t.Errorf("class %q lacks something", c.Name)
		}
	}
	for _, field := range []string{"[0].Columns", "[0].Columns[2].Type", "[0].Columns[2].Length", "[0].Columns[2].Flags", "[0].Columns[2].Charset", "[0].Columns[0].Decimals",
		"[0].Columns[0].OrgName", "[0].Columns[0].OrgTable", "[0].Rows.First[0][1]", "[0].Rows.Sum", "[0].Rows.Count", "[0].Rows", "[0].Error", "[0].Error.Number", "[0].Error.SQLState",
		"[0].OK.Warnings", "[0].OK.Affected", "[0].OK.Tracked", "[0].Cursor", "[0].Fetches", "[0].Cut", "rows[0][0]", "columns[0]", "error.number", "error.sqlstate"} {
		for _, on := range []string{"wire", "client"} {
			for _, statement := range []string{"greeting", "COM_QUERY SHOW TABLES", "COM_QUERY SELECT TABLE_NAME FROM information_schema.TABLES", "SELECT 1", "error"} {
				for _, values := range [][2]string{{"2", "34"}, {"true", "null"}, {`"No."`, `"Not so. Do it."`}} {
					if c, ok := ClassOf(Difference{On: on, Statement: statement, Field: field, Direct: values[0], Proxied: values[1]}); ok {
						t.Errorf("%s, %s, %s is excused as %s", on, statement, field, c.Name)
					}
				}
			}
		}
	}
}

// A class excuses the values that it speaks of, and no others.
func TestClassValues(t *testing.T) {
	const metadata = "COM_QUERY SELECT TABLE_NAME FROM information_schema.TABLES"
	for _, tt := range []struct {
		on, statement, field, direct, proxied, class string
	}{
		{"wire", "greeting", "Capabilities", "126735087614", "38684043086", "capabilities"}, // MariaDB 10.11 and askwire before it
		{"wire", "greeting", "Capabilities", "38684043086", "38684043087", ""},              // more than the server offers
		{"wire", "greeting", "Capabilities", "38684043086", "38684043084", ""},              // less of what askwire serves
		{"wire", "greeting", "Plugin", `"mysql_native_password"`, `"caching_sha2_password"`, "plugin"},
		{"wire", "greeting", "Plugin", `"caching_sha2_password"`, `"mysql_native_password"`, ""},
		{"wire", "greeting", "Status", "2", "34", ""},
		{"wire", "COM_QUERY SELEC 1", "[0].Error.Message", `"You have an error in your SQL syntax near 'SELEC 1'"`, `"That is no SQL. Write a SELECT."`, "wording"},
		{"wire", "COM_QUERY SELEC 1", "[0].Error.Message", "null", `"That is no SQL. Write a SELECT."`, ""},
		{"wire", "COM_QUERY SELEC 1", "[0].Error.Message", `"Unknown column 'a'"`, `"Unknown column 'b'"`, ""}, // the backend's own pass unchanged
		{"client", "syntax", "error.message", `"(1064, no)"`, `"(1064, That is no SQL. Write a SELECT.)"`, "wording-client"},
		{"wire", "COM_QUERY SELECT 1", "[0].Described", "true", "null", "described-error"},
		{"wire", "COM_QUERY SELECT 1", "[0].Described", "null", "true", ""},
		{"wire", "COM_QUERY SELECT 2", "[0].OK.Status", "1", "0", ""},
		{"wire", metadata, "[0].OK.Status", "2", "34", "index-flag"},
		{"wire", metadata, "[0].OK.Status", "34", "2", "index-flag"},
		{"wire", metadata, "[0].OK.Status", "2", "3", ""},  // a transaction
		{"wire", metadata, "[0].OK.Status", "2", "35", ""}, // and a transaction
		{"wire", metadata, "[0].OK.Status", "2", "null", ""},
		{"wire", "COM_QUERY SHOW TABLES", "[0].OK.Status", "2", "34", ""},
		{"wire", "COM_QUERY SELECT id FROM customers", "[0].OK.Status", "2", "34", ""},
		{"wire", "COM_STMT_PREPARE SELECT TABLE_NAME FROM information_schema.TABLES", "[0].OK.Status", "2", "34", ""},
	} {
		c, _ := ClassOf(Difference{On: tt.on, Statement: tt.statement, Field: tt.field, Direct: tt.direct, Proxied: tt.proxied})
		if c.Name != tt.class {
			t.Errorf("%s, %s, %s to %s: class %q, want %q", tt.statement, tt.field, tt.direct, tt.proxied, c.Name, tt.class)
		}
	}
}

func TestInOrder(t *testing.T) {
	const a, b = "\x00\x04\x01a\x011", "\x01\x02\x01b"
	if got := inOrder(b + a); got != a+b {
		t.Errorf("%q", got)
	}
	if got := inOrder("\x00\x09cut"); got != "\x00\x09cut" {
		t.Errorf("%q", got)
	}
}
