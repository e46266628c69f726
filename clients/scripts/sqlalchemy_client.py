"""SQLAlchemy 2 over mysqlclient: an engine with a pool, text() and reflection of a table."""
import threading

import sqlalchemy
from sqlalchemy import text

import steps


class SQLAlchemy:
    def __init__(self):
        url = sqlalchemy.URL.create("mysql+mysqldb", steps.USER, steps.PASSWORD, steps.HOST, steps.PORT, steps.NAME, {"charset": "utf8mb4"})
        self.engine = sqlalchemy.create_engine(url, connect_args={"ssl_mode": "DISABLED"})
        inspector = sqlalchemy.inspect(self.engine)
        print(steps.json.dumps({"name": "reflected", **{
            t: [repr(inspector.get_columns(t)), repr(inspector.get_pk_constraint(t)), repr(inspector.get_indexes(t)), repr(inspector.get_table_comment(t))]
            for t in inspector.get_table_names()}}, ensure_ascii=False))
        self.c = self.engine.connect()

    def query(self, sql, args={}):
        result = self.c.execute(text(sql.replace(":", "\\:") if not args else sql), args)
        if not result.returns_rows:
            return (), ()
        return list(result.cursor.description), result.fetchall()

    def prepare(self, sql, args):
        named = {}
        for i, a in enumerate(args):
            sql = sql.replace("?", ":p%d" % i, 1)
            named["p%d" % i] = a
        return self.query(sql, named)

    def describe(self, error):
        if isinstance(error, sqlalchemy.exc.DBAPIError) and len(error.orig.args) == 2:
            return error.orig.args[0], type(error).__name__, error.orig.args[1]

    def begin(self):
        self.c.rollback()
        self.c.begin()

    def commit(self):
        self.c.commit()

    def cancel(self, sql):
        id = self.c.connection.driver_connection.thread_id()

        def kill():
            with self.engine.connect() as second:
                second.execute(text("KILL QUERY %d" % id))
        timer = threading.Timer(0.5, kill)
        timer.start()
        try:
            self.query(sql)
        finally:
            timer.join()
            self.c.rollback()


client = SQLAlchemy()
steps.run(client)
client.c.close()
client.engine.dispose()
