<?php
// PHP mysqli: query(), prepared statements with values bound by type, long data, change_user, multi_query, stat; cancels with
// mysqli::kill's statement on a second connection while the first runs asynchronously.
require __DIR__ . '/steps.php';

mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
$open = function () {
	$c = new mysqli(getenv('DB_HOST'), getenv('DB_USER'), getenv('DB_PASSWORD'), getenv('DB_NAME'), (int) getenv('DB_PORT'));
	$c->set_charset('utf8mb4');
	return $c;
};
$c = $open();
$c->stat();
$c->change_user(getenv('DB_USER'), getenv('DB_PASSWORD'), getenv('DB_NAME'));

function result(mysqli $c, $r): array {
	if (!$r instanceof mysqli_result) return [[], []];
	$columns = array_map(fn ($f) => array_diff_key((array) $f, array_flip(['max_length', 'orgname', 'table', 'orgtable', 'db', 'catalog'])), $r->fetch_fields());
	$rows = $r->fetch_all(MYSQLI_NUM);
	$r->free();
	while ($c->more_results() && $c->next_result()); // of a CALL
	return [$columns, $rows];
}

$c->multi_query('SELECT 1 AS a; SELECT 2 AS b, id FROM customers WHERE id < 3 ORDER BY id');
$sets = [];
do {
	$r = $c->store_result();
	$sets[] = $r->fetch_all(MYSQLI_ASSOC);
	$r->free();
} while ($c->more_results() && $c->next_result());
echo json_encode(['name' => 'multi', 'sets' => $sets]), "\n";

run([
	'query' => fn ($sql) => result($c, $c->query($sql)),
	'prepare' => function ($sql, $args) use ($c) {
		$s = $c->prepare($sql);
		if ($args) {
			$types = '';
			foreach ($args as $i => $v) $types .= is_int($v) ? 'i' : (is_float($v) ? 'd' : (is_string($v) && !mb_check_encoding($v, 'UTF-8') ? 'b' : 's'));
			$bound = array_map(fn ($v, $t) => $t === 'b' ? null : $v, $args, str_split($types));
			$s->bind_param($types, ...$bound);
			foreach (str_split($types) as $i => $t) if ($t === 'b') $s->send_long_data($i, $args[$i]);
		}
		$s->execute();
		$out = result($c, $s->get_result());
		$s->close();
		return $out;
	},
	'begin' => fn () => $c->begin_transaction(),
	'commit' => fn () => $c->commit(),
	'cancel' => function ($sql) use ($c, $open) {
		$second = $open();
		$c->query($sql, MYSQLI_ASYNC);
		usleep(500000);
		$second->query('KILL QUERY ' . $c->thread_id);
		try { $r = $c->reap_async_query(); $r->fetch_all(); } finally { $second->close(); }
	},
	'describe' => fn ($e) => $e instanceof mysqli_sql_exception ? [$e->getCode(), $e->getSqlState(), $e->getMessage()] : null,
]);
$c->close();
