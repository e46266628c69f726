import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.*;
import java.util.*;

/** What both JDBC drivers run; the first argument is the scheme of the URL, the second its parameters. */
public final class Steps {
	private static final Map<String, String> ENV = System.getenv();
	private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);
	private final Connection c;

	private Steps(Connection c) {
		this.c = c;
	}

	public static void main(String[] args) throws Exception {
		String url = String.format("%s://%s:%s/%s?%s", args[0], ENV.get("DB_HOST"), ENV.get("DB_PORT"), ENV.get("DB_NAME"), args[1]);
		try (Connection c = DriverManager.getConnection(url, ENV.get("DB_USER"), ENV.get("DB_PASSWORD"))) {
			Steps steps = new Steps(c);
			steps.listings();
			for (String line : Files.readAllLines(Path.of(ENV.get("STEPS")))) {
				steps.step(line.split("\t"));
			}
		}
		System.exit(0); // drivers leave threads behind
	}

	private void step(String[] f) throws Exception {
		Map<String, Object> out = new LinkedHashMap<>();
		out.put("name", f[1]);
		try {
			switch (f[0]) {
				case "query":
					try (Statement s = c.createStatement()) {
						if (s.execute(f[2])) table(out, s.getResultSet());
						while (s.getMoreResults() || s.getUpdateCount() != -1) { } // of a CALL
					}
					break;
				case "prepare":
				case "prepare-whole": // without a cursor, whatever the connection says
					try (PreparedStatement s = c.prepareStatement(f[2])) {
						if (f[0].equals("prepare-whole")) s.setFetchSize(0);
						for (int i = 3; i < f.length; i++) bind(s, i - 2, f[i]);
						if (s.execute()) table(out, s.getResultSet());
					}
					break;
				case "described": // what a tool does that wants the columns before the rows
					try (PreparedStatement s = c.prepareStatement(f[2])) {
						out.put("columns", columns(s.getMetaData()));
						if (s.execute()) table(out, s.getResultSet());
					}
					break;
				case "rows":
					long count = 0, sum = 0;
					try (Statement s = c.createStatement()) {
						s.setFetchSize(1000);
						try (ResultSet r = s.executeQuery(f[2])) {
							for (; r.next(); count++) sum += r.getLong(1);
						}
					}
					out.put("count", count);
					out.put("sum", sum);
					break;
				case "begin":
					c.setAutoCommit(false);
					break;
				case "commit":
					c.commit();
					c.setAutoCommit(true);
					break;
				case "cancel":
					cancel(f[2]);
					break;
				default:
					throw new IllegalStateException(f[0]);
			}
		} catch (SQLException e) {
			// Connector/J words it by itself or passes the server's error, as the threads happen to run.
			if (f[0].equals("cancel") && (e.getErrorCode() == 1317 || e.getClass().getSimpleName().equals("MySQLStatementCancelledException"))) {
				out.put("cancelled", true);
				print(out);
				return;
			}
			Map<String, Object> error = new LinkedHashMap<>();
			error.put("number", e.getErrorCode());
			error.put("sqlstate", e.getSQLState());
			error.put("class", e.getClass().getSimpleName());
			error.put("message", e.getMessage());
			out.put("error", error);
		}
		print(out);
	}

	/** Statement.cancel() from another thread, which opens a second connection for KILL QUERY. */
	private void cancel(String sql) throws Exception {
		try (Statement s = c.createStatement()) {
			Thread tired = new Thread(() -> {
				try {
					Thread.sleep(500);
					s.cancel();
				} catch (Exception e) {
					e.printStackTrace();
				}
			});
			tired.start();
			try {
				s.executeQuery(sql).next();
			} finally {
				tired.join();
			}
		}
	}

	private static void bind(PreparedStatement s, int at, String text) throws SQLException {
		String value = text.substring(2);
		switch (text.charAt(0)) {
			case 'n': s.setNull(at, Types.VARCHAR); break;
			case 'i': s.setInt(at, Integer.parseInt(value)); break;
			case 'd': s.setDouble(at, Double.parseDouble(value)); break;
			case 'x': s.setBytes(at, HexFormat.of().parseHex(value)); break;
			default: s.setString(at, value);
		}
	}

	/** The listings that tools draw their trees from. */
	private void listings() throws Exception {
		DatabaseMetaData m = c.getMetaData();
		String db = ENV.get("DB_NAME");
		Map<String, Object> out = new LinkedHashMap<>();
		out.put("name", "listings");
		out.put("product", List.of(m.getDatabaseProductName(), m.getDatabaseProductVersion(), m.getUserName().replaceAll("@.*", "")));
		print(out);
		Listing[] all = {
			new Listing("catalogs", m::getCatalogs), new Listing("table types", m::getTableTypes),
			new Listing("tables", () -> m.getTables(db, null, "%", null)), new Listing("views", () -> m.getTables(db, null, "%", new String[] {"VIEW"})),
			new Listing("columns", () -> m.getColumns(db, null, "everything", "%")), new Listing("keys", () -> m.getPrimaryKeys(db, null, "customers")),
			new Listing("indexes", () -> m.getIndexInfo(db, null, "customers", false, true)), new Listing("imported", () -> m.getImportedKeys(db, null, "customers")),
			new Listing("exported", () -> m.getExportedKeys(db, null, "customers")), new Listing("best row", () -> m.getBestRowIdentifier(db, null, "customers", 0, true)),
			new Listing("versions", () -> m.getVersionColumns(db, null, "customers")), new Listing("procedures", () -> m.getProcedures(db, null, "%")),
			new Listing("functions", () -> m.getFunctions(db, null, "%")), new Listing("types", m::getTypeInfo),
			new Listing("privileges", () -> m.getTablePrivileges(db, null, "customers")), new Listing("column privileges", () -> m.getColumnPrivileges(db, null, "customers", "%")),
		};
		for (Listing l : all) {
			out = new LinkedHashMap<>();
			out.put("name", "listing " + l.name);
			try (ResultSet r = l.read.get()) {
				table(out, r);
			} catch (SQLException e) {
				out.put("error", Map.of("number", e.getErrorCode(), "sqlstate", String.valueOf(e.getSQLState()), "message", String.valueOf(e.getMessage())));
			}
			print(out);
		}
	}

	private interface Read {
		ResultSet get() throws SQLException;
	}

	private static final class Listing {
		final String name;
		final Read read;

		Listing(String name, Read read) {
			this.name = name;
			this.read = read;
		}
	}

	private static List<Object> columns(ResultSetMetaData m) throws SQLException {
		List<Object> all = new ArrayList<>();
		for (int i = 1; m != null && i <= m.getColumnCount(); i++) {
			all.add(Arrays.asList(m.getColumnLabel(i), m.getColumnTypeName(i), m.getColumnType(i),
				m.getPrecision(i), m.getScale(i), m.getColumnDisplaySize(i), m.isNullable(i), m.isSigned(i), m.isAutoIncrement(i), m.getColumnClassName(i)));
		}
		return all;
	}

	private static void table(Map<String, Object> out, ResultSet r) throws SQLException {
		List<Object> rows = new ArrayList<>();
		out.put("columns", columns(r.getMetaData()));
		int n = r.getMetaData().getColumnCount();
		while (r.next()) {
			List<Object> row = new ArrayList<>();
			for (int i = 1; i <= n; i++) row.add(shown(r, i));
			rows.add(row);
		}
		out.put("rows", rows);
	}

	/** A value with its class, so that 1 and "1" differ. */
	private static String shown(ResultSet r, int i) throws SQLException {
		Object v;
		try {
			v = r.getObject(i);
		} catch (SQLException e) {
			return "unreadable: " + e.getMessage();
		}
		if (v == null) return null;
		if (v instanceof byte[]) return "bytes:" + HexFormat.of().formatHex((byte[]) v);
		return v.getClass().getSimpleName() + ":" + v;
	}

	private static void print(Map<String, Object> out) {
		StringBuilder b = new StringBuilder();
		json(b, out);
		OUT.println(b);
	}

	private static void json(StringBuilder b, Object v) {
		if (v == null) {
			b.append("null");
		} else if (v instanceof Map) {
			String comma = "{";
			for (Map.Entry<?, ?> e : ((Map<?, ?>) v).entrySet()) {
				b.append(comma);
				json(b, e.getKey());
				b.append(':');
				json(b, e.getValue());
				comma = ",";
			}
			b.append('}');
		} else if (v instanceof List) {
			String comma = "[";
			for (Object e : (List<?>) v) {
				b.append(comma);
				json(b, e);
				comma = ",";
			}
			b.append(((List<?>) v).isEmpty() ? "[]" : "]");
		} else if (v instanceof Number || v instanceof Boolean) {
			b.append(v);
		} else {
			b.append('"');
			for (char ch : String.valueOf(v).toCharArray()) {
				if (ch < ' ' || ch == '"' || ch == '\\') {
					b.append(String.format("\\u%04x", (int) ch));
				} else {
					b.append(ch);
				}
			}
			b.append('"');
		}
	}
}
