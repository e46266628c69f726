"""mysqlclient (MySQLdb), which is the C library: mysql_change_user, mysql_stat, and KILL QUERY on a second connection."""
import threading

import MySQLdb

import steps


class MySQLClient:
    def __init__(self):
        self.c = self.connect()
        self.c.stat()
        self.c.change_user(steps.USER, steps.PASSWORD, steps.NAME)

    def connect(self):
        return MySQLdb.connect(host=steps.HOST, port=steps.PORT, user=steps.USER, passwd=steps.PASSWORD, db=steps.NAME, charset="utf8mb4", ssl_mode="DISABLED")

    def query(self, sql, args=None):
        cursor = self.c.cursor()
        try:
            cursor.execute(sql, args)
            return [list(d) + [f] for d, f in zip(cursor.description or (), cursor.description_flags or ())], cursor.fetchall()
        finally:
            cursor.close()

    def prepare(self, sql, args):
        return self.query(sql.replace("?", "%s") if args else sql, args or None)

    def describe(self, error):
        if isinstance(error, MySQLdb.Error) and len(error.args) == 2:
            return error.args[0], type(error).__name__, error.args[1]

    def begin(self):
        self.c.begin()

    def commit(self):
        self.c.commit()

    def cancel(self, sql):
        second = self.connect()
        timer = threading.Timer(0.5, lambda: second.query("KILL QUERY %d" % self.c.thread_id()))
        timer.start()
        try:
            self.query(sql)
        finally:
            timer.join()
            second.close()


client = MySQLClient()
steps.run(client)
client.c.close()
