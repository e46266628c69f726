// node mysql: the text protocol alone, with values put into the text by the driver. It cancels by hanging up.
const { options, load, run } = require('./steps');
const mysql = load('mysql');

const open = () => new Promise((resolve, reject) => {
  const c = mysql.createConnection({ ...options, charset: 'utf8mb4', dateStrings: true });
  c.connect((e) => (e ? reject(e) : resolve(c)));
});
const columns = (fields) => (fields ?? []).map((f) => [f.name, f.charsetNr, f.length, f.type, f.flags, f.decimals]);

(async () => {
  let c = await open();
  await new Promise((resolve, reject) => c.changeUser({ database: options.database }, (e) => (e ? reject(e) : resolve())));
  await new Promise((resolve, reject) => c.statistics((e) => (e ? reject(e) : resolve())));
  const query = (sql, args) => new Promise((resolve, reject) => c.query({ sql, values: args, nestTables: false }, (e, rows, fields) => {
    if (e) return reject(e);
    if (Array.isArray(fields) && (Array.isArray(fields[0]) || fields[0] === undefined)) [rows, fields] = [rows[0] ?? [], fields[0]]; // of a CALL
    const list = Array.isArray(rows) ? rows : [];
    resolve({ columns: columns(fields), rows: list.map((row) => fields.map((f) => row[f.name])) });
  }));
  await run({
    query,
    prepare: query,
    begin: () => new Promise((resolve, reject) => c.beginTransaction((e) => (e ? reject(e) : resolve()))),
    commit: () => new Promise((resolve, reject) => c.commit((e) => (e ? reject(e) : resolve()))),
    cancel: async (sql) => {
      const first = c;
      await new Promise((resolve) => {
        c.query(sql, () => {});
        setTimeout(() => { first.destroy(); resolve(); }, 500);
      });
      c = await open();
      throw Object.assign(new Error('the connection was destroyed'), { expected: true });
    },
    end: () => new Promise((resolve) => c.end(resolve)),
  });
})();
