// node mysql2: query() is the text protocol, execute() a server-side prepared statement. It cancels by hanging up.
const { options, load, run } = require('./steps');
const mysql = load('mysql2/promise');

const connect = () => mysql.createConnection({ ...options, charset: 'utf8mb4', rowsAsArray: true });
const columns = (fields) => (fields ?? []).map((f) => [f.name, f.characterSet, f.columnLength, f.columnType, f.flags, f.decimals]);

// A CALL gives a list of results, and the columns of each.
function first([rows, fields]) {
  if (Array.isArray(fields) && (fields.length === 0 || Array.isArray(fields[0]) || fields[0] === undefined)) return { columns: columns(fields[0]), rows: rows[0] ?? [] };
  return { columns: columns(fields), rows: Array.isArray(rows) ? rows : [] };
}

(async () => {
  let c = await connect();
  await run({
    query: async (sql) => first(await c.query(sql)),
    prepare: async (sql, args) => first(await c.execute(sql, args)),
    begin: () => c.beginTransaction(),
    commit: () => c.commit(),
    cancel: async (sql) => {
      c.query(sql).catch(() => {}); // it never settles when its connection is destroyed
      await new Promise((resolve) => setTimeout(resolve, 500));
      c.destroy();
      c = await connect();
      throw Object.assign(new Error('the connection was destroyed'), { expected: true });
    },
    end: () => c.end(),
  });
})();
