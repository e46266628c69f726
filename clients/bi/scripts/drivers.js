// Drives the MySQL drivers of Cube and Evidence, as these tools call them. Prints one JSON object a line for every step.
//
// The plan (standard input, JSON): the folder of node_modules, host, port, user, password, database, the statements to run, and one
// that takes longer than anybody waits.
const fs = require('fs');
const path = require('path');

const plan = JSON.parse(fs.readFileSync(0, 'utf8'));
const load = (name) => require(path.join(plan.modules, name));
const say = (step, what) => console.log(JSON.stringify({ step, ...what }));
const login = { host: plan.host, port: plan.port, user: plan.user, password: plan.password, database: plan.database };

async function cube() {
  const { MySqlDriver } = load('@cubejs-backend/mysql-driver');
  const driver = new MySqlDriver({ ...login, dataSource: 'default' });
  await driver.testConnection();
  const schema = await driver.tablesSchemaV2(); // database → table → columns, with their keys
  say('cube tables', { names: Object.entries(schema).flatMap(([db, tables]) => Object.keys(tables).map((t) => `${db}.${t}`)) });
  const schemas = await driver.getSchemas();
  say('cube schemas', { names: schemas.map((s) => s.schema_name) });
  const tables = await driver.getTablesForSpecificSchemas(schemas);
  say('cube tables', { names: tables.map((t) => `${t.schema_name}.${t.table_name}`) });
  const types = await driver.tableColumnTypes(`ask.${plan.saved}`);
  say('cube columns', { table: `ask.${plan.saved}`, described: Object.fromEntries(types.map((t) => [t.name, t.type])) });
  for (const sql of plan.statements) {
    try {
      const { rows, types: columns } = await driver.downloadQueryResults(sql, [], {});
      say('cube query', { sql, rows, columns: columns.map((c) => c.name) });
    } catch (e) {
      say('cube query', { sql, failed: e.message });
    }
  }
  // A cube's measure: the tool wraps what it calls its table, and binds values as parameters.
  const sql = `SELECT SUM(orders) orders FROM (SELECT * FROM ask.${plan.saved}) AS days WHERE (order_date >= ? AND order_date <= ?) LIMIT 10000`;
  say('cube query', { sql, rows: await driver.query(sql, ['2000-01-01', '2100-01-01']), columns: ['orders'] });
  const { rowStream, types: streamed, release } = await driver.stream(plan.statements[0], [], { highWaterMark: 100 });
  const rows = [];
  for await (const row of rowStream) rows.push(row);
  await release();
  say('cube stream', { sql: plan.statements[0], rows, columns: streamed.map((c) => c.name) });
  const slow = driver.withConnection((conn) => conn.execute(plan.slow));
  const began = Date.now();
  setTimeout(() => slow.cancel(), 500); // the KILL of another connection
  const message = await slow.then(() => 'it ended by itself', (e) => e.message);
  say('cube cancel', { sql: plan.slow, message, failed: message === 'Query cancelled' ? '' : message, rows: [Date.now() - began], columns: ['ms'] });
  await driver.release();
}

async function evidence() {
  const { getRunner, testConnection } = load('@evidence-dev/mysql');
  const well = await testConnection({ ...login, ssl: 'false' });
  if (well !== true) throw new Error(JSON.stringify(well));
  const run = await getRunner({ ...login, ssl: 'false' });
  for (const sql of plan.statements) {
    const result = await run(sql, 'page.sql', 1000);
    const rows = [];
    for await (const batch of result.rows()) rows.push(...batch);
    const failed = result.expectedRowCount === rows.length ? '' : `${result.expectedRowCount} rows were announced, and ${rows.length} came`;
    say('evidence query', { sql, rows, columns: result.columnTypes.map((c) => c.name), failed });
  }
}

cube().then(evidence).then(() => process.exit(0), (e) => {
  console.error(e);
  process.exit(1);
});
