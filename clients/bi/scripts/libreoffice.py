"""Drives LibreOffice Base over UNO: a database document on askwire, its lists of tables, their columns, rows, and the
query designer's composer. Prints one JSON object a line for every step.

The plan (standard input, JSON): soffice's UNO pipe, host, port, user, password, database, the tables to open and the statements to run.
"""

import json
import sys
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.uno import Exception as UnoException


def say(step, **what):
    print(json.dumps({"step": step, **what}, ensure_ascii=False), flush=True)


def connect(pipe):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for attempt in range(300):
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except UnoException:
            if attempt == 299:
                raise
            time.sleep(0.2)  # soffice is still starting


def rows(result):
    meta = result.MetaData
    n = meta.ColumnCount
    names = [meta.getColumnLabel(i + 1) for i in range(n)]
    types = [meta.getColumnTypeName(i + 1) for i in range(n)]
    got = []
    while result.next():
        row = []
        for i in range(n):
            text = result.getString(i + 1)
            row.append(None if result.wasNull() else text)
        got.append(row)
    return {"columns": names, "types": types, "rows": got}


def listing(result, column):
    got = []
    while result.next():
        got.append(result.getString(column))
    return got


def main():
    plan = json.load(sys.stdin)
    ctx = connect(plan["pipe"])
    services = ctx.ServiceManager
    databases = services.createInstanceWithContext("com.sun.star.sdb.DatabaseContext", ctx)
    source = databases.createInstance()
    source.URL = f"sdbc:mysql:mysqlc:{plan['host']}:{plan['port']}/{plan['database']}"
    source.User = plan["user"]
    source.Info = (PropertyValue("CharSet", 0, "utf8", 0),)
    c = source.getConnection(plan["user"], plan["password"])
    meta = c.MetaData
    say("server", product=meta.DatabaseProductName, version=meta.DatabaseProductVersion)
    say("schemas", names=sorted(set(listing(meta.getCatalogs(), 1)) | set(listing(meta.getSchemas(), 1))))
    say("tables", names=sorted(c.Tables.ElementNames))
    for name in plan["tables"]:
        step = {"table": name}
        try:
            table = c.Tables.getByName(name)
            step["described"] = {n: table.Columns.getByName(n).TypeName for n in table.Columns.ElementNames}
            composer = c.createInstance("com.sun.star.sdb.SingleSelectQueryComposer")
            quoted = ".".join(f"`{part}`" for part in name.split(".", 1))
            composer.setQuery(f"SELECT * FROM {quoted}")
            step["designer"] = list(composer.Columns.ElementNames)
            rowset = services.createInstanceWithContext("com.sun.star.sdb.RowSet", ctx)
            rowset.ActiveConnection = c
            rowset.CommandType = 0  # TABLE: as by a double click
            rowset.Command = name
            rowset.execute()
            step |= rows(rowset)
        except UnoException as e:
            step["failed"] = e.Message
        say("open table", **step)
    for sql in plan["statements"]:
        step = {"sql": sql}
        try:
            step |= rows(c.createStatement().executeQuery(sql))
        except UnoException as e:
            step["failed"] = e.Message
        say("statement", **step)
    for sql, value in plan["prepared"]:
        step = {"sql": sql}
        try:
            p = c.prepareStatement(sql)
            p.setString(1, value)
            step |= rows(p.executeQuery())
        except UnoException as e:
            step["failed"] = e.Message
        say("prepared", **step)
    c.close()


main()
