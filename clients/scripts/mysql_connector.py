"""mysql-connector-python, in pure Python: prepared cursors, COM_RESET_CONNECTION, KILL QUERY on a second connection."""
import threading

import mysql.connector

import steps


class MySQLConnector:
    def __init__(self):
        self.c = self.connect()
        self.c.cmd_reset_connection()

    def connect(self):
        return mysql.connector.connect(host=steps.HOST, port=steps.PORT, user=steps.USER, password=steps.PASSWORD, database=steps.NAME,
                                       charset="utf8mb4", use_pure=True, ssl_disabled=True, get_warnings=False, use_unicode=True)

    def query(self, sql, args=None, **kind):
        cursor = self.c.cursor(**kind)
        try:
            cursor.execute(sql, args) if args is not None else cursor.execute(sql)
            return (cursor.description or (), cursor.fetchall()) if cursor.with_rows else ((), ())
        finally:
            cursor.close()
            self.c.consume_results()

    def prepare(self, sql, args):
        return self.query(sql, tuple(args), prepared=True)

    def describe(self, error):
        if isinstance(error, mysql.connector.Error):
            return error.errno, error.sqlstate, error.msg

    def begin(self):
        self.c.rollback()
        self.c.start_transaction()

    def commit(self):
        self.c.commit()

    def cancel(self, sql):
        second = self.connect()
        timer = threading.Timer(0.5, lambda: second.cmd_query("KILL QUERY %d" % self.c.connection_id))
        timer.start()
        try:
            self.query(sql)
        finally:
            timer.join()
            second.close()


client = MySQLConnector()
steps.run(client)
client.c.close()
