<?php
// PHP PDO: query() is the text protocol, prepare() a server-side prepared statement (no emulation).
require __DIR__ . '/steps.php';

$open = fn () => new PDO(sprintf('mysql:host=%s;port=%d;dbname=%s;charset=utf8mb4', getenv('DB_HOST'), getenv('DB_PORT'), getenv('DB_NAME')),
	getenv('DB_USER'), getenv('DB_PASSWORD'), [PDO::ATTR_EMULATE_PREPARES => false, PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION, PDO::ATTR_STRINGIFY_FETCHES => false]);
$c = $open();

function result(PDOStatement $s): array {
	$columns = [];
	for ($i = 0; $i < $s->columnCount(); $i++) $columns[] = array_diff_key($s->getColumnMeta($i), ['table' => 0]);
	$rows = $s->columnCount() ? $s->fetchAll(PDO::FETCH_NUM) : [];
	$s->closeCursor();
	return [$columns, $rows];
}

run([
	'query' => function ($sql) use ($c) {
		$c->setAttribute(PDO::ATTR_EMULATE_PREPARES, true); // PDO prepares what query() runs, unless it emulates
		try { return result($c->query($sql)); } finally { $c->setAttribute(PDO::ATTR_EMULATE_PREPARES, false); }
	},
	'prepare' => function ($sql, $args) use ($c) {
		$s = $c->prepare($sql);
		foreach ($args as $i => $v) $s->bindValue($i + 1, $v, is_int($v) ? PDO::PARAM_INT : ($v === null ? PDO::PARAM_NULL : PDO::PARAM_STR));
		$s->execute();
		return result($s);
	},
	'begin' => fn () => $c->beginTransaction(),
	'commit' => fn () => $c->commit(),
	'describe' => fn ($e) => $e instanceof PDOException && $e->errorInfo ? [$e->errorInfo[1], $e->errorInfo[0], $e->errorInfo[2]] : null,
]);
