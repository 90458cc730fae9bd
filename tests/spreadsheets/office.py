"""What LibreOffice makes of our addresses. It runs under the system's Python, the only one that has `uno`.

    python3 office.py PIPE ADDRESS WORKBOOK

PIPE is where LibreOffice listens, ADDRESS is the root of a server of the retail panel, WORKBOOK an XLSX file of it.
What was seen is printed as JSON.
"""

# ruff: noqa: ANN401 - what LibreOffice gives has no types

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

CSV = "Text - txt - csv (StarCalc)"
# fields by comma, texts in double quotes, UTF-8, from line 1
CSV_OPTIONS = "44,34,76,1"
CUBE = "api/v1/cubes/sales"


def connected(pipe: str) -> Any:
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(600):
        try:
            context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            return context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        except NoConnectException:
            time.sleep(0.1)
    raise TimeoutError("LibreOffice did not answer.")


def opened(desktop: Any, address: str) -> Any:
    # 3: update links without asking
    given = {"Hidden": True, "UpdateDocMode": 3, "MacroExecutionMode": 4}
    values = tuple(PropertyValue(name, 0, value, 0) for name, value in given.items())
    return desktop.loadComponentFromURL(address, "_blank", 0, values)


def cells(sheet: Any, columns: int, rows: int) -> list[list[object]]:
    """Numbers as numbers, texts as texts: a number that was read as text shows as text here."""
    area = sheet.getCellRangeByPosition(0, 0, columns - 1, rows - 1)
    return [list(row) for row in area.getDataArray()]


def linked(desktop: Any, address: str) -> list[list[object]]:
    """A sheet that is linked to CSV, as Sheet > Link to External Data does it."""
    document = opened(desktop, "private:factory/scalc")
    sheet = document.Sheets.getByIndex(0)
    asked = "rows=product.department&measures=sales,households&order=-sales&limit=3&headers=captions&lang=ko"
    normal = uno.Enum("com.sun.star.sheet.SheetLinkMode", "NORMAL")
    sheet.link(f"{address}{CUBE}/query.csv?{asked}", "", CSV, CSV_OPTIONS, normal)
    found = cells(sheet, 5, 4)
    document.close(True)
    return found


def asked_by_formula(desktop: Any, address: str) -> dict[str, object]:
    document = opened(desktop, "private:factory/scalc")
    sheet = document.Sheets.getByIndex(0)
    cut = "cut=product.department:GROCERY;time.quarter:2017/Q1"
    one = f"{address}{CUBE}/cell?measure=sales&{cut}"
    rows = f"{address}{CUBE}/query.xml?rows=time.quarter&measures=households"
    wanted = {
        "number": f'=VALUE(WEBSERVICE("{one}"))',
        "wrong": f'=WEBSERVICE("{address}{CUBE}/cell?measure=salse")',
        "xml": f'=VALUE(FILTERXML(WEBSERVICE("{rows}");"//row[2]/households"))',
    }
    for row, formula in enumerate(wanted.values()):
        sheet.getCellByPosition(0, row).setFormula(formula)
    for _ in range(100):
        document.calculateAll()
        values = [sheet.getCellByPosition(0, row) for row in range(len(wanted))]
        if all(cell.getError() == 0 for cell in values[::2]):
            break
        time.sleep(0.1)
    found = {
        name: cell.getValue() if cell.getValue() else cell.getString()
        for name, cell in zip(wanted, values, strict=True)
    }
    document.close(True)
    return found


def workbook(desktop: Any, path: str) -> dict[str, object]:
    document = opened(desktop, Path(path).as_uri())
    sheet = document.Sheets.getByName("Data")
    first = sheet.getCellByPosition(3, 1)
    found = {
        "cells": cells(sheet, 5, 4),
        "shown": first.getString(),
        "format": document.NumberFormats.getByKey(first.NumberFormat).FormatString,
        "sheets": list(document.Sheets.ElementNames),
    }
    document.close(True)
    return found


def main() -> None:
    pipe, address, path = sys.argv[1:]
    desktop = connected(pipe)
    seen = {
        "linked": linked(desktop, address),
        "formulas": asked_by_formula(desktop, address),
        "workbook": workbook(desktop, path),
    }
    sys.stdout.write(json.dumps(seen))
    desktop.terminate()


main()
