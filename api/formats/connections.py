"""Files that connect Excel to an address: web queries (.iqy) and Power Query connections (.odc)."""

from __future__ import annotations

from html import escape

import polars as pl

_IQY = """WEB
1
{address}

Selection=AllTables
Formatting=None
PreFormattedTextToColumns=True
ConsecutiveDelimitersAsOne=True
SingleBlockTextImport=False
DisableDateRecognition=False
DisableRedirections=True
"""

_ODC = """<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns="http://www.w3.org/TR/REC-html40">
<head>
<meta http-equiv=Content-Type content="text/x-ms-odc; charset=utf-8">
<meta name=ProgId content=ODC.Database>
<meta name=SourceType content=OLEDB>
<title>Query - {name}</title>
<xml id=docprops><o:DocumentProperties
  xmlns:o="urn:schemas-microsoft-com:office:office"
  xmlns="http://www.w3.org/TR/REC-html40">
  <o:Description>{address}</o:Description>
  <o:Name>Query - {name}</o:Name>
 </o:DocumentProperties>
</xml><xml id=msodc><odc:OfficeDataConnection
  xmlns:odc="urn:schemas-microsoft-com:office:odc"
  xmlns="http://www.w3.org/TR/REC-html40">
  <odc:PowerQueryConnection odc:Type="OLEDB">
   <odc:ConnectionString>Provider=Microsoft.Mashup.OleDb.1;Data Source=$Workbook$;Location={name};Extended Properties=&quot;&quot;</odc:ConnectionString>
   <odc:CommandType>SQL</odc:CommandType>
   <odc:CommandText>SELECT * FROM [{name}]</odc:CommandText>
  </odc:PowerQueryConnection>
  <odc:PowerQueryMashupData>{mashup}</odc:PowerQueryMashupData>
 </odc:OfficeDataConnection>
</xml>
</head>
</html>
"""  # noqa: E501 - a connection string is one line

_MASHUP = (
    '<Mashup xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns="http://schemas.microsoft.com/DataMashup"><Client>EXCEL</Client><Version>2.72.0.0</Version>'
    "<MinVersion>2.21.0.0</MinVersion><Culture>en-US</Culture><SafeCombine>true</SafeCombine><Items>"
    '<Query Name="{name}"><Formula><![CDATA[{formula}]]></Formula><IsParameterQuery xsi:nil="true" />'
    '<IsDirectQuery xsi:nil="true" /></Query></Items></Mashup>'
)

_FORMULA = """let
    Source = Csv.Document(Web.Contents({address}), [Delimiter = ",", Encoding = 65001, QuoteStyle = QuoteStyle.Csv]),
    Headed = Table.PromoteHeaders(Source, [PromoteAllScalars = true]),
    Typed = Table.TransformColumnTypes(Headed, {{{types}}}, "en-US")
in
    Typed"""


def write_iqy(address: str) -> bytes:
    """Write a web query: Excel for Windows opens it and fills a sheet with the HTML table at an address.

    The form is that of Microsoft's knowledge base, article Q157482. Lines end as in Windows.
    """
    return _IQY.format(address=address).replace("\n", "\r\n").encode()


def write_odc(name: str, address: str, schema: pl.Schema) -> bytes:
    """Write an Office data connection that holds a Power Query over the CSV at an address.

    Args:
        name: The query's name: letters, digits and underscores.
        address: Where the CSV is.
        schema: Its columns; each gets its type in Power Query too.
    """
    mashup = _MASHUP.format(name=escape(name), formula=power_query(address, schema).replace("]]>", "]]]]><![CDATA[>"))
    return _ODC.format(name=escape(name), address=escape(address), mashup=escape(mashup)).encode()


def power_query(address: str, schema: pl.Schema) -> str:
    """Write the CSV at an address as an expression of Power Query's language M, with a type for each column."""
    types = ", ".join(f"{{{_quoted(name)}, {_type(kind)}}}" for name, kind in schema.items())
    return _FORMULA.format(address=_quoted(address), types=types)


def _quoted(text: str) -> str:
    """Write a text of M: quotes are doubled, and a sign that M would take for an escape is escaped."""
    return '"' + text.replace("#(", "#(#)(").replace('"', '""') + '"'


def _type(kind: pl.DataType) -> str:
    if kind.is_integer():
        return "Int64.Type"
    if kind.is_numeric():
        return "type number"
    known = {pl.Date: "type date", pl.Datetime: "type datetime", pl.Boolean: "type logical"}
    return next((name for type_, name in known.items() if kind == type_), "type text")
