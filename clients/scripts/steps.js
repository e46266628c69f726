// What the Node scripts share: reading the steps, printing what came back.
//
// run(client) takes an object with async query(sql), prepare(sql, args) → {columns, rows}, begin(), commit(), cancel(sql),
// end().
const fs = require('fs');
const path = require('path');

const env = process.env;
exports.options = { host: env.DB_HOST, port: Number(env.DB_PORT), user: env.DB_USER, password: env.DB_PASSWORD, database: env.DB_NAME };
exports.load = (name) => require(path.join(env.CLIENTS_FOLDER, 'node_modules', name));

function argument(text) {
  const at = text.indexOf(':');
  const value = text.slice(at + 1);
  return { n: () => null, i: () => Number(value), d: () => Number(value), s: () => value, x: () => Buffer.from(value, 'hex') }[text.slice(0, at)]();
}

// shown is a value with its type, so that 1 and '1' differ.
function shown(v) {
  if (v === null || v === undefined) return null;
  if (Buffer.isBuffer(v)) return 'Buffer:' + v.toString('hex');
  if (v instanceof Date) return 'Date:' + (isNaN(v) ? 'invalid' : v.toISOString());
  if (typeof v === 'object') return 'object:' + JSON.stringify(v);
  return typeof v + ':' + String(v);
}

exports.run = async function run(client) {
  for (const line of fs.readFileSync(env.STEPS, 'utf8').split('\n')) {
    if (line === '') continue;
    const [kind, name, sql, ...args] = line.split('\t');
    const out = { name };
    try {
      if (kind === 'query' || kind === 'prepare') {
        const r = kind === 'query' ? await client.query(sql) : await client.prepare(sql, args.map(argument));
        out.columns = r.columns;
        out.rows = r.rows.map((row) => row.map(shown));
      } else if (kind === 'rows') {
        const r = await client.query(sql);
        out.count = r.rows.length;
        out.sum = r.rows.reduce((sum, row) => sum + Number(row[0]), 0);
      } else {
        await client[kind](sql);
        if (kind === 'cancel') out.cancelled = false;
      }
    } catch (e) {
      if (e.errno === undefined && e.sqlState === undefined && !e.expected) throw e;
      out.error = { number: e.errno ?? null, sqlstate: e.sqlState ?? null, code: e.code ?? null, message: e.sqlMessage ?? e.message };
    }
    console.log(JSON.stringify(out));
  }
  await client.end();
};
