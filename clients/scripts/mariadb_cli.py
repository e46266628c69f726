"""The mariadb command-line client under a terminal, as a person uses it: its prompt, its tables, Ctrl-C, status.

What stands on the terminal is the transcript; times that it prints are taken out.
"""
import json
import os
import pty
import re
import select
import sys
import threading
import time

import steps

PROMPT = b"ready> "


class Terminal:
    def __init__(self):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "dumb"
            os.execvp("mariadb", ["mariadb", "--no-defaults", "--prompt=" + PROMPT.decode(), "-h", steps.HOST, "-P", str(steps.PORT), "-u", steps.USER,
                                  "-p" + steps.PASSWORD, "--protocol=tcp", "--skip-ssl", "--default-character-set=utf8mb4", "--column-type-info", "-vvv", "--show-warnings=0", steps.NAME])
        self.read()

    def read(self):
        """What was printed up to the next prompt."""
        out = b""
        while not out.endswith(PROMPT):
            ready, _, _ = select.select([self.fd], [], [], 120)
            if not ready:
                raise SystemExit("no prompt after: %r" % out[-500:])
            try:
                out += os.read(self.fd, 1 << 16)
            except OSError:
                raise SystemExit("the client ended: %r" % out[-500:])
        return out[:-len(PROMPT)].decode(errors="backslashreplace")

    def say(self, line):
        os.write(self.fd, line.encode() + b"\n")
        return self.read()


def output(text, sql):
    """The lines after what was typed, as they stand when all is drawn: a progress report is drawn over by spaces."""
    lines = [line.split("\r")[-1] if line.strip("\r") else "" for line in text.replace("\r\n", "\n").split("\n")]
    return [re.sub(r"\([\d.]+ sec\)|\((\d+ min )?[\d.]+ sec\)", "(time)", line.rstrip()) for line in lines]


terminal = Terminal()
with open(os.environ["STEPS"], encoding="utf-8") as lines:
    for line in lines:
        kind, name, *rest = line.rstrip("\n").split("\t")
        sql = {"begin": "BEGIN", "commit": "COMMIT"}.get(kind) or rest[0]
        if kind == "cancel":
            def interrupt():
                time.sleep(0.5)
                os.write(terminal.fd, b"\x03")
            tired = threading.Thread(target=interrupt)
            tired.start()
        text = terminal.say(sql + ";")
        if kind == "cancel":
            tired.join()
        out = {"name": name}
        shown = output(text, sql)
        for s in shown:
            error = re.search(r"ERROR (\d+) \((\w+)\)(?: at line \d+)?: (.*)", s)
            if error:
                out["error"] = {"number": int(error.group(1)), "sqlstate": error.group(2), "message": error.group(3)}
        if kind == "rows":
            shown = shown[-6:]
        if "error" not in out and kind != "cancel":
            table = [s for s in shown if s.startswith("|") or s.startswith("+")]
            fields = [s for s in shown if re.match(r"^(Field +\d+|Type|Collation|Length|Max_length|Decimals|Flags): ", s)]
            out["columns"] = fields
            out["rows"] = [s for s in table]
            out["said"] = [s for s in shown[-6:] if re.match(r"^(\d+ rows? in set|Empty set|Query OK)", s)]
            if kind == "rows":
                del out["columns"], out["rows"]
        print(json.dumps(out, ensure_ascii=False), flush=True)
status = [s for s in output(terminal.say("status;"), "status") if re.match(r"^(Current database|Protocol version|(Client|Conn\.|Db|Server) +characterset):", s)]
print(json.dumps({"name": "status", "rows": status}, ensure_ascii=False), flush=True)
os.write(terminal.fd, b"exit\n")
try:
    while os.read(terminal.fd, 1 << 16):
        pass
except OSError:
    pass
sys.exit(os.waitstatus_to_exitcode(os.waitpid(terminal.pid, 0)[1]))
