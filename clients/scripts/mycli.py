"""mycli, one statement at a time as scripts use it (--execute); at each start it reads databases, tables and columns as its
completion does when the terminal asks for it.
"""
import json
import os
import re
import subprocess

import steps

with open(os.environ["STEPS"], encoding="utf-8") as lines:
    for line in lines:
        kind, name, sql = line.rstrip("\n").split("\t")[:3]
        if name.startswith("notes"):
            sql = previous + "; " + sql
        previous = sql
        r = subprocess.run(["mycli", "--myclirc", os.devnull, "-h", steps.HOST, "-P", str(steps.PORT), "-u", steps.USER, "-p", steps.PASSWORD, "-D", steps.NAME,
                            "--csv", "-e", sql], capture_output=True, text=True, env={**os.environ, "HOME": os.path.dirname(os.environ["STEPS"])})
        out = {"name": name, "rows": r.stdout.splitlines()}
        error = re.search(r"\((\d+), ['\"](.*)['\"]\)", r.stderr)
        if error:
            out["error"] = {"number": int(error.group(1)), "message": error.group(2)}
        elif r.returncode != 0:
            raise SystemExit(r.stderr)
        if kind == "rows":
            out = {"name": name, "count": len(r.stdout.splitlines())}
        print(json.dumps(out, ensure_ascii=False), flush=True)
