"""Drives Adminer and phpMyAdmin in a browser; prints one JSON object a line for every step.

The plan (standard input, JSON): the pages' addresses, server, user, password, database, a table of schema ask, statements, the screenshots' folder.
"""

import json
import sys
import urllib.parse

import browser


def say(step, **what):
    print(json.dumps({"step": step, **what}, ensure_ascii=False), flush=True)


def table(page, selector):
    """The first result table as text: header and rows; empty where the page shows none."""
    found = page.query_selector(selector)
    return found.evaluate("t => [...t.rows].map(r => [...r.cells].map(c => c.innerText.trim()))") if found else []


def adminer(page, plan):
    base = plan["adminer"]
    page.goto(base)
    page.select_option("select[name='auth[driver]']", "server")
    page.fill("input[name='auth[server]']", f"{plan['host']}:{plan['port']}")
    page.fill("input[name='auth[username]']", plan["user"])
    page.fill("input[name='auth[password]']", plan["password"])
    page.fill("input[name='auth[db]']", plan["database"])
    page.click("input[type=submit][value='Login']")
    page.wait_for_selector("#tables")
    say("adminer tables", names=[e.inner_text() for e in page.query_selector_all("#tables a.structure, #tables a[href*='table=']")])
    here = page.url
    for i, sql in enumerate(plan["statements"]):
        page.goto(here + "&sql=" + urllib.parse.quote(sql))
        page.click("input[type=submit][value='Execute']")
        page.wait_for_load_state("networkidle")
        errors = [e.inner_text() for e in page.query_selector_all("p.error, pre.error")]
        say("adminer sql", sql=sql, failed=errors, cells=table(page, "#content table"))
        if i == 0:
            page.screenshot(path=plan["screenshots"] + "/adminer.png")
    page.goto(here.replace("db=" + plan["database"], "db=ask") + "&select=" + urllib.parse.quote(plan["saved"]))
    page.wait_for_load_state("networkidle")
    errors = [e.inner_text() for e in page.query_selector_all("p.error")]
    say("adminer saved question", table=plan["saved"], failed=errors, cells=table(page, "#table"))
    page.screenshot(path=plan["screenshots"] + "/adminer-ask.png")


def phpmyadmin(page, plan):
    page.goto(plan["phpmyadmin"] + "/index.php")
    page.fill("#input_username", plan["user"])
    page.fill("#input_password", plan["password"])
    page.click("#input_go")
    page.wait_for_selector("#pma_navigation_tree")
    page.wait_for_load_state("networkidle")
    say("phpmyadmin databases", names=[e.inner_text() for e in page.query_selector_all("#pma_navigation_tree li.database > a.hover_show_full, #pma_navigation_tree li.database > a:last-of-type")])
    for i, sql in enumerate(plan["statements"]):
        page.goto(plan["phpmyadmin"] + "/index.php?route=/database/sql&db=" + plan["database"])
        page.wait_for_selector("#sqlquery", state="attached")
        page.wait_for_load_state("networkidle")
        page.locator("form#sqlqueryform .CodeMirror").first.click()
        page.keyboard.press("Control+A")
        page.keyboard.insert_text(sql)
        page.click("#button_submit_query")
        page.wait_for_selector(".table_results, .alert-danger", state="visible")
        page.wait_for_load_state("networkidle")
        errors = [e.inner_text() for e in page.query_selector_all(".alert-danger") if e.is_visible()]
        say("phpmyadmin sql", sql=sql, failed=errors, cells=table(page, ".table_results"))
        if i == 0:
            page.screenshot(path=plan["screenshots"] + "/phpmyadmin.png")
    page.goto(plan["phpmyadmin"] + "/index.php?route=/sql&db=ask&table=" + urllib.parse.quote(plan["saved"]) + "&pos=0")
    page.wait_for_load_state("networkidle")
    errors = [e.inner_text() for e in page.query_selector_all(".alert-danger") if e.is_visible()]
    say("phpmyadmin saved question", table=plan["saved"], failed=errors, cells=table(page, ".table_results"))
    page.screenshot(path=plan["screenshots"] + "/phpmyadmin-ask.png")


def main():
    plan = json.load(sys.stdin)
    with browser.page() as page:
        adminer(page, plan)
    with browser.page() as page:
        phpmyadmin(page, plan)


main()
