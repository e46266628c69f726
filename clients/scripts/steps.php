<?php
// What the PHP scripts share: reading the steps, printing what came back.
//
// run() takes functions query(sql), prepare(sql, args), which return [columns, rows], begin(), commit(), cancel(sql), and
// describe(error), which returns [number, sqlstate, message].

function argument(string $text) {
	[$kind, $value] = explode(':', $text, 2);
	return ['n' => fn () => null, 'i' => fn () => (int) $value, 'd' => fn () => (float) $value, 's' => fn () => $value, 'x' => fn () => hex2bin($value)][$kind]();
}

// shown is a value with its type; bytes that are no text are shown in hexadecimal.
function shown($v) {
	if ($v === null) return null;
	if (is_string($v) && !mb_check_encoding($v, 'UTF-8')) return 'bytes:' . bin2hex($v);
	return gettype($v) . ':' . (is_float($v) ? var_export($v, true) : (string) $v);
}

function run(array $client): void {
	foreach (file(getenv('STEPS'), FILE_IGNORE_NEW_LINES) as $line) {
		$fields = explode("\t", $line);
		[$kind, $name] = $fields;
		$sql = $fields[2] ?? '';
		$out = ['name' => $name];
		try {
			switch ($kind) {
			case 'query':
			case 'prepare':
				[$columns, $rows] = $kind === 'query' ? $client['query']($sql) : $client['prepare']($sql, array_map('argument', array_slice($fields, 3)));
				$out['columns'] = $columns;
				$out['rows'] = array_map(fn ($row) => array_map('shown', array_values($row)), $rows);
				break;
			case 'rows':
				[, $rows] = $client['query']($sql);
				$out['count'] = count($rows);
				$out['sum'] = array_sum(array_map(fn ($row) => (int) array_values($row)[0], $rows));
				break;
			default:
				$client[$kind]($sql);
			}
		} catch (Throwable $e) {
			$described = $client['describe']($e);
			if ($described === null) throw $e;
			$out['error'] = array_combine(['number', 'sqlstate', 'message'], $described);
		}
		echo json_encode($out, JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR), "\n";
	}
}
