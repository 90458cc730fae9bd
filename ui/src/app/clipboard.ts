// Copying for spreadsheets: tab-separated text and an HTML table of the same cells.

export async function writeClipboard(lines: readonly (readonly string[])[]): Promise<void> {
  const text = lines.map((line) => line.join("\t")).join("\n");
  const body = lines.map((line) => `<tr>${line.map((cell) => `<td>${escape(cell)}</td>`).join("")}</tr>`).join("");
  const parts = {
    "text/plain": new Blob([text], { type: "text/plain" }),
    "text/html": new Blob([`<table>${body}</table>`], { type: "text/html" }),
  };
  try {
    await navigator.clipboard.write([new ClipboardItem(parts)]);
  } catch {
    await navigator.clipboard.writeText(text);
  }
}

export function writeText(text: string): Promise<void> {
  return navigator.clipboard.writeText(text);
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
