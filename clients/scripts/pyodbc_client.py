"""MariaDB Connector/ODBC through pyodbc: SQLPrepare on the server, catalogue functions, SQLCancel from a second thread."""
import threading

import pyodbc

import steps


class PyODBC:
    def __init__(self):
        self.c = pyodbc.connect("DRIVER={MariaDB Unicode};SERVER=%s;PORT=%d;UID=%s;PWD=%s;DATABASE=%s;CHARSET=utf8mb4" % (
            steps.HOST, steps.PORT, steps.USER, steps.PASSWORD, steps.NAME), autocommit=True)
        listed = {"name": "catalogue"}
        cursor = self.c.cursor()
        for call in ("tables", "columns", "primaryKeys", "statistics"):
            rows = {"tables": cursor.tables, "columns": lambda: cursor.columns(table="customers"), "primaryKeys": lambda: cursor.primaryKeys(table="customers"),
                    "statistics": lambda: cursor.statistics(table="customers")}[call]().fetchall()
            listed[call] = [[steps.shown(v) for v in row] for row in rows]
        print(steps.json.dumps(listed, ensure_ascii=False))

    def query(self, sql, args=()):
        cursor = self.c.cursor()
        try:
            cursor.execute(sql, *args)
            return (cursor.description or (), cursor.fetchall()) if cursor.description else ((), ())
        finally:
            cursor.close()

    def prepare(self, sql, args):
        return self.query(sql, args)

    def describe(self, error):
        if isinstance(error, pyodbc.Error) and len(error.args) == 2:
            message = error.args[1]
            number = message[message.rfind(" (") + 2:].split(")")[0]
            return int(number) if number.isdigit() else number, error.args[0], message

    def begin(self):
        self.c.autocommit = False

    def commit(self):
        self.c.commit()
        self.c.autocommit = True

    def cancel(self, sql):
        cursor = self.c.cursor()
        timer = threading.Timer(0.5, cursor.cancel)
        timer.start()
        try:
            cursor.execute(sql)
        finally:
            timer.join()


client = PyODBC()
steps.run(client)
client.c.close()
