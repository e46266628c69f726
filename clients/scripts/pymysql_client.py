"""PyMySQL: prepares nothing on the server; cancels with KILL QUERY on a second connection."""
import threading

import pymysql

import steps


class PyMySQL:
    def __init__(self):
        self.c = self.connect()

    def connect(self):
        return pymysql.connect(host=steps.HOST, port=steps.PORT, user=steps.USER, password=steps.PASSWORD, database=steps.NAME, charset="utf8mb4")

    def query(self, sql, args=None):
        with self.c.cursor() as cursor:
            cursor.execute(sql, args)
            return cursor.description or (), cursor.fetchall()

    def prepare(self, sql, args):
        return self.query(sql.replace("?", "%s") if args else sql, args or None)

    def describe(self, error):
        if isinstance(error, pymysql.MySQLError) and len(error.args) == 2:
            return error.args[0], type(error).__name__, error.args[1]

    def begin(self):
        self.c.begin()

    def commit(self):
        self.c.commit()

    def cancel(self, sql):
        second = self.connect()
        id = self.c.thread_id()
        timer = threading.Timer(0.5, lambda: second.cursor().execute("KILL QUERY %d" % id))
        timer.start()
        try:
            self.query(sql)
        finally:
            timer.join()
            second.close()


client = PyMySQL()
steps.run(client)
client.c.close()
