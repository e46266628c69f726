"""What the Python scripts share: reading the steps, printing what came back.

A script gives run() a client: an object with query(sql) and prepare(sql, args), which return (columns, rows) or raise;
describe(error), which returns (number, sqlstate, message); begin(), commit() and cancel(sql).
"""
import json
import os
import sys

HOST, PORT = os.environ["DB_HOST"], int(os.environ["DB_PORT"])
USER, PASSWORD, NAME = os.environ["DB_USER"], os.environ["DB_PASSWORD"], os.environ["DB_NAME"]


def argument(text):
    kind, value = text.split(":", 1)
    return {"n": lambda v: None, "i": int, "d": float, "s": str, "x": bytes.fromhex}[kind](value)


def shown(value):
    """A value with its type, so that 1 and '1' differ."""
    if value is None:
        return None
    if isinstance(value, (bytes, bytearray, memoryview)):
        return type(value).__name__ + ":" + bytes(value).hex()
    if isinstance(value, (set, frozenset)):
        return type(value).__name__ + ":" + ",".join(sorted(map(str, value)))
    return type(value).__name__ + ":" + str(value)


def table(columns, rows):
    return {"columns": [[shown(f) for f in c] if isinstance(c, (tuple, list)) else shown(c) for c in columns],
            "rows": [[shown(v) for v in row] for row in rows]}


def run(client):
    with open(os.environ["STEPS"], encoding="utf-8") as lines:
        for line in lines:
            kind, name, *rest = line.rstrip("\n").split("\t")
            out = {"name": name}
            try:
                if kind == "query":
                    out.update(table(*client.query(rest[0])))
                elif kind == "prepare":
                    out.update(table(*client.prepare(rest[0], [argument(a) for a in rest[1:]])))
                elif kind == "rows":
                    _, rows = client.query(rest[0])
                    out.update(count=len(rows), sum=sum(int(r[0]) for r in rows))
                elif kind == "begin":
                    client.begin()
                elif kind == "commit":
                    client.commit()
                elif kind == "cancel":
                    client.cancel(rest[0])
                    out["cancelled"] = False
                else:
                    raise SystemExit("unknown step " + kind)
            except Exception as error:
                described = client.describe(error)
                if described is None:
                    raise
                out["error"] = dict(zip(("number", "sqlstate", "message"), described))
            print(json.dumps(out, ensure_ascii=False), flush=True)
    print("done", client.__class__.__name__, file=sys.stderr)
