// node mariadb: pipelines PREPARE and EXECUTE before a MariaDB; resets its connection, and changes the user of a MariaDB's (it refuses to with a MySQL); cancels by hanging up.
const { options, load, run } = require('./steps');
const mariadb = load('mariadb');

const connect = () => mariadb.createConnection({ ...options, charset: 'utf8mb4', rowsAsArray: true, dateStrings: true, metaAsArray: true, bigIntAsNumber: false });
const columns = (meta) => (meta ?? []).map((f) => [f.name(), f.collation && f.collation.index, f.columnLength, f.columnType ?? f.type, f.flags, f.scale]);

function first(r) {
  const [rows, meta] = r;
  if (Array.isArray(meta) && Array.isArray(meta[0])) return { columns: columns(meta[0]), rows: rows[0] ?? [] }; // of a CALL
  return { columns: columns(meta), rows: Array.isArray(rows) ? rows : [] };
}

(async () => {
  let c = await connect();
  await c.reset();
  if (c.info.isMariaDB()) await c.changeUser({ user: options.user, password: options.password, database: options.database });
  await run({
    query: async (sql) => first(await c.query(sql)),
    prepare: async (sql, args) => first(await c.execute(sql, args)),
    begin: () => c.beginTransaction(),
    commit: () => c.commit(),
    cancel: async (sql) => {
      const tired = setTimeout(() => c.destroy(), 500);
      try {
        await c.query(sql);
      } catch (e) {
        throw Object.assign(new Error('the connection was destroyed'), { expected: true });
      } finally {
        clearTimeout(tired);
        c = await connect();
      }
    },
    end: () => c.end(),
  });
})();
