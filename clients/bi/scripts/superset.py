"""Drives Apache Superset as its users do; prints one JSON object a line for every step.

The plan (standard input, JSON) names Superset's address, the database's SQLAlchemy URI, the statements for SQL Lab, the
data sets and charts, and the folder for screenshots.
"""

import json
import secrets
import sys

import requests

import browser


def say(step, **what):
    print(json.dumps({"step": step, **what}, ensure_ascii=False), flush=True)


class Superset:
    def __init__(self, base):
        self.base = base
        self.http = requests.Session()
        token = self.call("POST", "/api/v1/security/login", {"username": "admin", "password": "admin", "provider": "db", "refresh": True})
        self.http.headers["Authorization"] = "Bearer " + token["access_token"]

    def call(self, method, path, body=None, may_fail=False):
        r = self.http.request(method, self.base + path, json=body, timeout=120)
        answer = r.json()
        if r.status_code >= 400:
            if may_fail:
                return {"failed": r.status_code, **answer}
            raise SystemExit(f"{method} {path}: {r.status_code}: {r.text[:2000]}")
        return answer


def metric(column, aggregate="SUM"):
    return {"expressionType": "SIMPLE", "column": {"column_name": column}, "aggregate": aggregate, "label": f"{aggregate}({column})"}


def params(kind, group, value, dataset):
    p = {"viz_type": kind, "datasource": f"{dataset}__table", "row_limit": 100, "adhoc_filters": []}
    if kind == "big_number_total":
        return p | {"metric": metric(value)}
    if kind == "pie":
        return p | {"groupby": [group], "metric": metric(value)}
    if kind == "table":
        return p | {"query_mode": "aggregate", "groupby": [group], "metrics": [metric(value)]}
    return p | {"x_axis": group, "groupby": [], "metrics": [metric(value)]}  # the echarts_timeseries family


def layout(charts):
    """Two charts a row."""
    at = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": [], "parents": ["ROOT_ID"]},
    }
    for i, (chart, name) in enumerate(charts):
        row = f"ROW-{i // 2}"
        if row not in at:
            at[row] = {"type": "ROW", "id": row, "children": [], "parents": ["ROOT_ID", "GRID_ID"], "meta": {"background": "BACKGROUND_TRANSPARENT"}}
            at["GRID_ID"]["children"].append(row)
        key = f"CHART-{chart}"
        at[row]["children"].append(key)
        at[key] = {"type": "CHART", "id": key, "children": [], "parents": ["ROOT_ID", "GRID_ID", row],
                   "meta": {"chartId": chart, "width": 6, "height": 50, "sliceName": name}}
    return at


def main():
    plan = json.load(sys.stdin)
    s = Superset(plan["superset"])
    uri = plan["uri"]
    say("test connection", answer=s.call("POST", "/api/v1/database/test_connection/", {"sqlalchemy_uri": uri, "database_name": "askwire"}))
    db = s.call("POST", "/api/v1/database/", {"database_name": "askwire", "sqlalchemy_uri": uri, "expose_in_sqllab": True})["id"]
    schemas = s.call("GET", f"/api/v1/database/{db}/schemas/")["result"]
    say("schemas", names=sorted(schemas))
    for schema in ("ask", plan["schema"]):
        tables = s.call("GET", f"/api/v1/database/{db}/tables/?q=(schema_name:{schema})")["result"]
        say("tables", schema=schema, names=sorted(t["value"] for t in tables))

    for sql in plan["sqllab"]:
        answer = s.call("POST", "/api/v1/sqllab/execute/", {
            "database_id": db, "sql": sql, "schema": plan["schema"], "runAsync": False, "client_id": secrets.token_hex(5),
            "tab": "askwire", "sql_editor_id": "1", "queryLimit": 1000}, may_fail=True)
        say("SQL Lab", sql=sql, failed=answer.get("failed", 0), message=(answer.get("errors") or [{}])[0].get("message", ""),
            columns=[c["column_name"] for c in answer.get("columns", [])], types=[c["type"] for c in answer.get("columns", [])],
            rows=answer.get("data", []))

    charts = []
    for c in plan["charts"]:
        body = {"database": db, "schema": c["schema"], "table_name": c["name"]}
        if c.get("sql"):
            body["sql"] = c["sql"]
        dataset = s.call("POST", "/api/v1/dataset/", body)["id"]
        columns = s.call("GET", f"/api/v1/dataset/{dataset}")["result"]["columns"]
        say("data set", name=c["name"], columns={x["column_name"]: x["type"] for x in columns})
        p = params(c["kind"], c.get("group"), c["value"], dataset)
        chart = s.call("POST", "/api/v1/chart/", {"slice_name": c["name"], "viz_type": c["kind"], "datasource_id": dataset,
                                                  "datasource_type": "table", "params": json.dumps(p)})["id"]
        charts.append((chart, c["name"]))
    board = s.call("POST", "/api/v1/dashboard/", {"dashboard_title": "askwire", "published": True, "position_json": json.dumps(layout(charts))})["id"]
    for chart, _ in charts:
        s.call("PUT", f"/api/v1/chart/{chart}", {"dashboards": [board]})

    with browser.page() as page:
        page.goto(plan["superset"] + "/login/")
        page.locator("input[name=username], #username").first.fill("admin")
        page.locator("input[type=password]").fill("admin")
        page.keyboard.press("Enter")
        page.wait_for_url("**/welcome/**")
        answers = []
        page.on("response", lambda r: answers.append((r.status, r)) if "/api/v1/chart/data" in r.url else None)
        for i in range(plan["refreshes"]):
            answers.clear()
            page.goto(f"{plan['superset']}/superset/dashboard/{board}/?force=true")
            for _ in range(900):
                if len(answers) >= len(charts):
                    break
                page.wait_for_timeout(100)  # the listener above fills answers meanwhile
            page.wait_for_function("() => document.querySelectorAll('.loading, [data-test=\"loading-indicator\"]').length === 0")
            say("refresh", number=i + 1, statuses=sorted(a[0] for a in answers))
        page.wait_for_load_state("networkidle")
        page.screenshot(path=plan["screenshots"] + "/superset-dashboard.png", full_page=True)
        said = [e.inner_text() for e in page.query_selector_all("[data-test=\"chart-container\"] .alert, .ant-alert-error")]
        say("dashboard", errors=said)
        page.goto(f"{plan['superset']}/explore/?slice_id={charts[0][0]}")
        page.wait_for_load_state("networkidle")
        page.screenshot(path=plan["screenshots"] + "/superset-chart.png")
        page.goto(f"{plan['superset']}/sqllab/?dbid={db}&sql={requests.utils.quote(plan['sqllab'][0])}&autorun=true&title=askwire")
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(4000)
        page.screenshot(path=plan["screenshots"] + "/superset-sqllab.png")


main()
