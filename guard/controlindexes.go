package guard

// ControlIndexes returns what lists a table's indexes in the server's own order, which information_schema does not tell. Its rows are not
// for clients: the table may have columns that a profile hides.
func ControlIndexes(db, table string) Statement {
	return control("SHOW INDEX FROM " + string(appendName(nil, table)) + " FROM " + string(appendName(nil, db)))
}
