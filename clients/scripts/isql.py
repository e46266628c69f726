"""isql, unixODBC's command line, over MariaDB Connector/ODBC: statements from standard input, and its listing of tables."""
import json
import os
import re
import subprocess
import tempfile

import steps

with tempfile.TemporaryDirectory() as folder:
    with open(folder + "/odbc.ini", "w") as ini:
        ini.write("[askwire]\nDriver=MariaDB Unicode\nSERVER=%s\nPORT=%d\nUSER=%s\nPASSWORD=%s\nDATABASE=%s\nCHARSET=utf8mb4\n" % (
            steps.HOST, steps.PORT, steps.USER, steps.PASSWORD, steps.NAME))

    def isql(text):
        r = subprocess.run(["isql", "askwire", "-b", "-v", "-d\t", "-c"], input=text + "\n", capture_output=True, text=True,
                           env={**os.environ, "ODBCINI": folder + "/odbc.ini"}, errors="replace", timeout=60)
        return r.stdout + r.stderr

    print(json.dumps({"name": "help", "rows": isql("help").splitlines()}, ensure_ascii=False))
    with open(os.environ["STEPS"], encoding="utf-8") as lines:
        for line in lines:
            kind, name, sql = line.rstrip("\n").split("\t")[:3]
            if name.startswith("notes"):
                sql = previous + "\n" + sql
            previous = sql
            shown = isql(sql)
            out = {"name": name}
            error = re.search(r"\[(\w{5})\]\[ma-[\d.]+\]\[[^\]]*\](.*)", shown, re.S)
            if error:
                out["error"] = {"sqlstate": error.group(1), "message": error.group(2).strip()}
            elif kind == "rows":
                out["count"] = len(shown.splitlines())
            else:
                out["rows"] = shown.splitlines()
            print(json.dumps(out, ensure_ascii=False), flush=True)
